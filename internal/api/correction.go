package api

import (
	"context"

	"quid/internal/app"
)

// A Correction is a service as it should have been booked.
type Correction struct {
	NewService
	Why string `json:"why" required:"true" minLength:"1" maxLength:"2000" doc:"the reason"`
}

type correctService struct {
	ServicePath
	Key  string `header:"Idempotency-Key" required:"true" minLength:"8" maxLength:"100" pattern:"^[ -~]+$" patternDescription:"letters, digits and signs of ASCII" doc:"made by you for this correction: a retry with it has no second effect, and another body is refused; it never expires"`
	Body Correction
}

func (s *Server) correctService(ctx context.Context, in *correctService) (*made[Service], error) {
	ref, err := in.ref()
	if err != nil {
		return nil, err
	}
	d, err := s.draft(ctx, ref.Customer, in.Key, in.Body.NewService)
	if err != nil {
		return nil, err
	}
	done, err := s.app.CorrectService(ctx, ref, in.Body.Why, d)
	if err != nil {
		return nil, atHeader(err)
	}
	return s.booked(ctx, done)
}

// A Reversal says why a service is taken back.
type Reversal struct {
	Why string `json:"why" required:"true" minLength:"1" maxLength:"2000" doc:"the reason"`
}

type takeBackService struct {
	ServicePath
	Key  string `header:"Idempotency-Key" required:"true" minLength:"8" maxLength:"100" pattern:"^[ -~]+$" patternDescription:"letters, digits and signs of ASCII" doc:"made by you for this: a retry with it has no second effect, and another reason is refused; it never expires"`
	Body Reversal
}

func (s *Server) takeBackService(ctx context.Context, in *takeBackService) (*one[Service], error) {
	ref, err := in.ref()
	if err != nil {
		return nil, err
	}
	if err := s.app.ReverseService(ctx, ref, app.TakeBack{Key: in.Key, Why: in.Body.Why}); err != nil {
		return nil, atHeader(err)
	}
	out, err := s.readService(ctx, ref)
	if err != nil {
		return nil, err
	}
	return answerAs(OneQuery{}, out, hashed(out))
}
