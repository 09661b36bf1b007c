package web

import "net/http"

func (s *Server) completenessRoutes(*http.ServeMux) {}
