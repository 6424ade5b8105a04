package rest

import (
	"context"
	"fmt"
	"image/color"
	"net/http"
	"strings"

	"github.com/boombuler/barcode/qr"
	"github.com/danielgtaylor/huma/v2"
)

type (
	passwordAlone struct {
		Body struct {
			Password string `json:"password" minLength:"1" maxLength:"256" format:"password"`
		}
	}
	enrolmentAnswer struct {
		Secret    string `json:"secret" doc:"in base32, for who types it into the app"`
		URI       string `json:"uri" example:"otpauth://totp/Hotline:anna?secret=…" doc:"for who scans it"`
		QR        qrCode `json:"qr" doc:"the uri as a QR code"`
		Enrolment string `json:"enrolment" doc:"to be sent back with a code, within half an hour"`
	}
	// qrCode is a picture that a page draws.
	qrCode struct {
		Size int    `json:"size" doc:"modules on each side, with the quiet zone around"`
		Path string `json:"path" example:"M4 4h7v1h-7z" doc:"the dark modules, as the path of an SVG"`
	}
	enrolled struct {
		Body struct {
			Enrolment string `json:"enrolment" minLength:"1" maxLength:"1024"`
			Code      string `json:"code" minLength:"1" maxLength:"64" doc:"that the app shows now"`
		}
	}
	recoveryAnswer struct {
		Recovery []string `json:"recovery" doc:"ten codes, each of which counts once in the place of the app's; they are shown this once"`
	}
	passwordAndCode struct {
		Body struct {
			Password string `json:"password" minLength:"1" maxLength:"256" format:"password"`
			Code     string `json:"code" minLength:"1" maxLength:"64" doc:"of the app, or a recovery code"`
		}
	}
)

// registerSecondFactor describes what people do about their own second factor. Who must have one, and has none, may do this alone.
func (s *Server) registerSecondFactor(api huma.API, operation operations) {
	own := person(Own, Own, "their second factor").early()
	huma.Register(api, operation("begin-second-factor", http.MethodPost, "/second-factor/begin",
		"Make a second factor for yourself: the secret for an app (TOTP, RFC 6238)", own), s.beginSecondFactor)
	huma.Register(api, operation("turn-on-second-factor", http.MethodPost, "/second-factor",
		"Turn it on with the app's first code, and sign out elsewhere", own), s.turnOnSecondFactor)
	huma.Register(api, operation("turn-off-second-factor", http.MethodPost, "/second-factor/off",
		"Turn it off with password and code, and sign out elsewhere", own), s.turnOffSecondFactor)
}

func (s *Server) beginSecondFactor(ctx context.Context, in *passwordAlone) (*answer[enrolmentAnswer], error) {
	p, err := s.visitor(ctx)
	if err != nil {
		return nil, err
	}
	e, err := s.gate.BeginSecondFactor(ctx, p, in.Body.Password)
	if err != nil {
		return nil, s.refusal(err, "make a second factor")
	}
	picture, err := drawQR(e.URI)
	if err != nil {
		return nil, s.refusal(err, "draw a second factor")
	}
	return answered(enrolmentAnswer{e.Secret, e.URI, picture, e.Sealed}), nil
}

func (s *Server) turnOnSecondFactor(ctx context.Context, in *enrolled) (*answer[recoveryAnswer], error) {
	p, err := s.visitor(ctx)
	if err != nil {
		return nil, err
	}
	codes, err := s.gate.TurnOnSecondFactor(ctx, p, in.Body.Enrolment, in.Body.Code)
	if err != nil {
		return nil, s.refusal(err, "turn on a second factor")
	}
	s.hub.SignedOutElsewhere(p)
	return answered(recoveryAnswer{codes}), nil
}

func (s *Server) turnOffSecondFactor(ctx context.Context, in *passwordAndCode) (*struct{}, error) {
	p, err := s.visitor(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.gate.TurnOffSecondFactor(ctx, p, in.Body.Password, in.Body.Code); err != nil {
		return nil, s.refusal(err, "turn off a second factor")
	}
	s.hub.SignedOutElsewhere(p)
	if now, err := s.gate.Anybody(ctx); err == nil && now.Account.SecondFactorDue {
		s.hub.Expel(p.Account.ID) // nothing else is possible now
	}
	return nil, nil
}

// drawQR draws a text, with the quiet zone of four modules that ISO/IEC 18004 demands.
func drawQR(text string) (qrCode, error) {
	const quiet = 4
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return qrCode{}, fmt.Errorf("draw a QR code: %w", err)
	}
	side := code.Bounds().Dx()
	var path strings.Builder
	for y := range side {
		for x := 0; x < side; x++ {
			from := x
			for x < side && dark(code.At(x, y)) {
				x++
			}
			if n := x - from; n > 0 {
				fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", from+quiet, y+quiet, n, n)
			}
		}
	}
	return qrCode{side + 2*quiet, path.String()}, nil
}

func dark(c color.Color) bool {
	r, _, _, _ := c.RGBA()
	return r == 0
}
