package web

import "net/http"

func (s *Server) modelRoutes(*http.ServeMux) {}
