package asterisk

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/CyCoreSystems/ari/v5"
)

// frames are events as Asterisk 22 sends them, and some that it never sends.
func frames() []string {
	const call = "0198a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b"
	leg, line := channelJSON(call+".1", "Up"), channelJSON("1763773.1", "Up")
	head := fmt.Sprintf(`"application":"hotline","timestamp":%q,"asterisk_id":"52:54:00:12:34:56"`, made)
	return []string{
		`{"type":"StasisStart",` + head + `,"args":["dialled"],"channel":` + leg + `}`,
		`{"type":"StasisStart",` + head + `,"args":["line","","number=allowed"],"channel":` + line + `}`,
		`{"type":"StasisStart",` + head + `,"args":[],"replace_channel":` + line + `,"channel":` + leg + `}`,
		`{"type":"StasisEnd",` + head + `,"channel":` + line + `}`,
		`{"type":"ChannelStateChange",` + head + `,"channel":` + leg + `}`,
		`{"type":"ChannelDestroyed",` + head + `,"cause":17,"cause_txt":"User busy","tech_cause":486,"channel":` + leg + `}`,
		`{"type":"ChannelHangupRequest",` + head + `,"soft":true,"cause":1,"channel":` + line + `}`,
		`{"type":"ChannelHangupRequest",` + head + `,"soft":false,"cause":18,"tech_cause":408,"channel":` + line + `}`,
		`{"type":"Dial",` + head + `,"dialstatus":"RINGING","forward":"","dialstring":"101","caller":` + line + `,"peer":` + leg + `}`,
		`{"type":"Dial",` + head + `,"dialstatus":"","forward":"Local/102@phones","forwarded":` + line + `,"peer":` + leg + `}`,
		`{"type":"DeviceStateChanged",` + head + `,"device_state":{"name":"PJSIP/101","state":"NOT_INUSE"}}`,
		`{"type":"ChannelDtmfReceived",` + head + `,"digit":"7","duration_ms":100,"channel":` + line + `}`,
		" {\n\t\"type\" : \"StasisEnd\" , \"channel\" : { \"id\" : \"a\" , \"more\" : [ 1.5e-3 , -0 , { } , [ ] , null , \"\\u00e9\\n\" ] } } ",
		`{"type":"StasisEnd","channel":{"id":"a"},"channel":{"state":"Up"}}`,
		`{"type":"StasisEnd","Channel":{"id":"a"}}`,
		`{"type":"StasisEnd","channel":{"id":"\u0061"}}`,
		`{"type":"StasisEnd","channel":{"id":"ж"}}`,
		`{"type":"ChannelDestroyed","cause":1e1,"channel":{"id":"a"}}`,
		`{"type":"ChannelDestroyed","cause":-1,"tech_cause":null,"channel":{"id":"a"}}`,
		`{"type":"ChannelDestroyed","cause":007,"channel":{"id":"a"}}`,
		`{"type":"ChannelDestroyed","cause":99999999999999999999,"channel":{"id":"a"}}`,
		`{"type":"StasisEnd","channel":{"id":"a"}`, `{"type":"StasisEnd","channel":{"id":"a"}}}`, `{"type":"StasisEnd","channel":{"id":"a",}}`,
		`{"type":"StasisEnd","channel":null}`, `{"type":"StasisEnd"}`, `{"type":"DeviceStateChanged","device_state":{}}`,
		`{"type":"StasisEnd","x":"` + "\x01" + `"}`, `{"type":"StasisEnd","x":.5}`, `{"type":"StasisEnd","x":tru}`, `{}`, ``, `null`, `[]`,
	}
}

// used is what is looked at of an event.
func used(e ari.Event) any {
	party := func(c ari.ChannelData) string { return c.ID + " " + c.State }
	switch e := e.(type) {
	case *ari.StasisStart:
		return []any{"start", party(e.Channel), e.ReplaceChannel.ID}
	case *ari.StasisEnd:
		return []any{"end", party(e.Channel)}
	case *ari.ChannelStateChange:
		return []any{"state", party(e.Channel)}
	case *ari.ChannelDestroyed:
		return []any{"destroyed", party(e.Channel), e.Cause}
	case *ari.ChannelHangupRequest:
		return []any{"hangup", party(e.Channel), e.Cause, e.Soft}
	case *ari.Dial:
		return []any{"dial", party(e.Peer), e.Dialstatus, e.Forward, party(e.Forwarded)}
	case *ari.DeviceStateChanged:
		return []any{"device", e.DeviceState.Name, e.DeviceState.State}
	}
	return e
}

// agrees fails where a frame is read quickly, and the library reads it otherwise.
func agrees(t *testing.T, frame []byte) (quickly bool) {
	t.Helper()
	event, response, ok := quick(frame)
	if !ok {
		return false
	}
	if !json.Valid(frame) {
		t.Fatalf("%q is no JSON, and was read", frame)
	}
	if by, err := ari.DecodeEvent(frame); err == nil && !reflect.DeepEqual(used(event), used(by)) { // it may refuse what nobody looks at
		t.Fatalf("%q is read as %v, by the library as %v", frame, used(event), used(by))
	}
	if by := responseIn(frame); response != by {
		t.Fatalf("%q has response %d, read in full %d", frame, response, by)
	}
	return true
}

func TestEventsAreReadQuicklyAndAsTheLibraryReadsThem(t *testing.T) {
	read := 0
	for _, frame := range frames() {
		if agrees(t, []byte(frame)) {
			read++
		}
	}
	if read < 10 {
		t.Errorf("%d events are read quickly", read)
	}
}

// What nobody looks at costs nothing: nothing is kept of it.
func TestAnEventIsReadWithFewAllocations(t *testing.T) {
	for _, frame := range frames()[3:11] {
		if _, _, ok := quick([]byte(frame)); !ok {
			t.Errorf("%s is not read quickly", frame)
		}
		if n := testing.AllocsPerRun(100, func() { quick([]byte(frame)) }); n > 12 {
			t.Errorf("%s takes %v allocations", frame, n)
		}
	}
}

func FuzzEventsAreReadAsTheLibraryReadsThem(f *testing.F) {
	for _, frame := range frames() {
		f.Add([]byte(frame))
	}
	f.Fuzz(func(t *testing.T, frame []byte) { agrees(t, frame) })
}

// TestRequestsAndRepliesAreJSON holds what is written and read by hand against encoding/json.
func TestRequestsAndRepliesAreJSON(t *testing.T) {
	for _, text := range []string{"", "channels/1.2/answer", `{"name":"\u003cb\u003e & \"Жанна\"","path":"C:\\"}`, "\x01\x7f", "\xff", "\u2028"} {
		want := restRequest{Type: "RESTRequest", RequestID: "7", Method: "POST", URI: "channels/1.2", Body: text}
		var got restRequest
		if err := json.Unmarshal(want.text(), &got); err != nil {
			t.Fatalf("%s: %v", want.text(), err)
		}
		if want.Body = strings.ToValidUTF8(text, "\ufffd"); got != want {
			t.Errorf("%q is written as %q", want, got)
		}
	}
	for frame, quick := range map[string]bool{
		`{"type":"RESTResponse","transaction_id":"","request_id":"7","status_code":200,"reason_phrase":"OK","uri":"channels/1.2","content_type":"application/json","message_body":"{\"id\":\"1.2\",\"name\":\"\\u0416\"}"}`: true,
		`{"type":"RESTResponse","request_id":"8","status_code":204,"reason_phrase":"No Content","uri":"channels/1.2/answer"}`:                                                                                               true,
		`{"type":"RESTResponse","request_id":"9","status_code":404,"reason_phrase":"Not Found","message_body":"Жанна"}`:                                                                                                     true,
		"{\"type\":\"RESTResponse\",\"message_body\":\"\xff\"}": true,
		`{"type":"RESTResponse","message_body":null}`:           false,
		`{"type":"RESTResponse","Request_ID":"7"}`:              false,
		`{"type":"RESTResponse","status_code":-1}`:              false,
		`{"type":"RESTResponse","request_id":"\u0037"}`:         false,
		`{"type":"RESTResponse"`:                                false,
	} {
		var want restResponse
		if err := json.Unmarshal([]byte(frame), &want); err != nil {
			want = restResponse{}
		}
		got, ok := quickResponse([]byte(frame))
		if ok != quick || ok && got != want {
			t.Errorf("%s is read as %+v, %t, not as %+v", frame, got, ok, want)
		}
	}
}

func BenchmarkEvent(b *testing.B) {
	frame := []byte(frames()[4])
	for how, read := range map[string]func(){
		"quick":   func() { _, _, _ = quick(frame) },
		"library": func() { _, _ = ari.DecodeEvent(frame) },
	} {
		b.Run(how, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				read()
			}
		})
	}
}
