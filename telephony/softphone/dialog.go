package softphone

import (
	"slices"
	"sync"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
	"github.com/google/uuid"
)

// dialog is what one end remembers of a call in SIP's terms (RFC 3261, section 12).
type dialog struct {
	x      *Exchange
	callID string
	local  sip.FromHeader // with our tag
	remote sip.ToHeader   // with theirs
	us     *sip.ContactHeader
	routes []string // values of Route, in order
	offer  uint32   // the CSeq of our INVITE; 0 where they sent it

	mu     sync.Mutex
	target sip.Uri // where requests go: the other end's last Contact
	seq    uint32  // the CSeq of our last request
}

// dialogOut is the dialog that the answer res makes of our INVITE req.
func dialogOut(x *Exchange, req *sip.Request, res *sip.Response) *dialog {
	d := &dialog{
		x: x, callID: req.CallID().Value(), local: *req.From(), us: req.Contact(),
		offer: req.CSeq().SeqNo, seq: req.CSeq().SeqNo, target: *req.Recipient.Clone(),
	}
	d.remote = sip.ToHeader{Address: req.To().Address}
	if to := res.To(); to != nil {
		d.remote = *to
	}
	if c := res.Contact(); c != nil {
		d.target = *c.Address.Clone()
	}
	for _, h := range res.GetHeaders("record-route") {
		d.routes = append(d.routes, h.Value())
	}
	slices.Reverse(d.routes) // The nearest proxy has written last.
	return d
}

// dialogIn is the dialog that our answer makes of the INVITE req. The tag is ours.
func dialogIn(x *Exchange, req *sip.Request, tag string, us *sip.ContactHeader) *dialog {
	from := req.From()
	d := &dialog{
		x: x, callID: req.CallID().Value(), us: us, target: *from.Address.Clone(),
		local:  sip.FromHeader{DisplayName: req.To().DisplayName, Address: req.To().Address},
		remote: sip.ToHeader{DisplayName: from.DisplayName, Address: from.Address, Params: from.Params.Clone()},
	}
	d.local.Params.Add("tag", tag)
	if c := req.Contact(); c != nil {
		d.target = *c.Address.Clone()
	}
	for _, h := range req.GetHeaders("record-route") {
		d.routes = append(d.routes, h.Value())
	}
	return d
}

// request builds the next request within the dialog, without its Via.
func (d *dialog) request(method sip.RequestMethod) *sip.Request {
	d.mu.Lock()
	d.seq++
	seq := d.seq
	d.mu.Unlock()
	return d.build(method, seq)
}

func (d *dialog) build(method sip.RequestMethod, seq uint32) *sip.Request {
	d.mu.Lock()
	target := d.target.Clone()
	d.mu.Unlock()
	req := sip.NewRequest(method, *target)
	for _, r := range d.routes {
		req.AppendHeader(sip.NewHeader("Route", r))
	}
	id, hops := sip.CallIDHeader(d.callID), sip.MaxForwardsHeader(70)
	req.AppendHeader(sip.HeaderClone(&d.local))
	req.AppendHeader(sip.HeaderClone(&d.remote))
	req.AppendHeader(&id)
	req.AppendHeader(&sip.CSeqHeader{SeqNo: seq, MethodName: method})
	req.AppendHeader(&hops)
	req.AppendHeader(sip.HeaderClone(d.us))
	req.SetTransport("UDP")
	req.SetBody(nil)
	d.x.laddr.Copy(&req.Laddr)
	return req
}

// acknowledge sends ACK for a success that answered our INVITE, with our description where that brought the offer. It is no transaction of its own.
func (d *dialog) acknowledge(description []byte) error {
	ack := d.build(sip.ACK, d.offer)
	if len(description) > 0 {
		kind := sip.ContentTypeHeader("application/sdp")
		ack.AppendHeader(&kind)
		ack.SetBody(description)
	}
	return d.x.client.WriteRequest(ack, sipgo.ClientRequestAddVia)
}

// refresh takes over the contact that the other end has now.
func (d *dialog) refresh(req *sip.Request) {
	if c := req.Contact(); c != nil {
		d.mu.Lock()
		d.target = *c.Address.Clone()
		d.mu.Unlock()
	}
}

// key finds a dialog among the exchange's: two phones of one exchange that call each other
// share a Call-ID, so our tag is part of it.
func (d *dialog) key() string {
	tag, _ := d.local.Params.Get("tag")
	return d.callID + " " + tag
}

// dialog is the call that req belongs to, or nil.
func (x *Exchange) dialog(req *sip.Request) *Call {
	if req.CallID() == nil || req.To() == nil {
		return nil
	}
	tag, _ := req.To().Params.Get("tag")
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.dialogs[req.CallID().Value()+" "+tag]
}

func newTag() string { return sip.GenerateTagN(16) }

func newCallID() string { return uuid.NewString() }
