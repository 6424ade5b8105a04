package softphone

import (
	"context"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
)

// route says who serves which request. Each runs in a goroutine of its own, made by
// sipgo, and its transaction ends when it returns without a final answer.
func (x *Exchange) route(s *sipgo.Server) {
	served := func(serve func(*sip.Request, sip.ServerTransaction)) sipgo.RequestHandler {
		return func(req *sip.Request, tx sip.ServerTransaction) {
			if x.enter() {
				defer x.serving.Done()
				if x.isDead(req) {
					return
				}
				serve(req, tx)
			}
		}
	}
	s.OnInvite(served(x.invited))
	s.OnAck(served(x.ackCame))
	s.OnBye(served(x.byed))
	s.OnUpdate(served(x.updated))
	s.OnOptions(served(x.asked))
	inCall := served(func(req *sip.Request, tx sip.ServerTransaction) {
		if x.dialog(req) == nil {
			x.respond(tx, req, sip.StatusCallTransactionDoesNotExists, "Call Does Not Exist")
			return
		}
		x.respond(tx, req, sip.StatusOK, "OK")
	})
	s.OnInfo(inCall)
	s.OnNotify(inCall)
	s.OnCancel(served(func(req *sip.Request, tx sip.ServerTransaction) { // Sipgo serves those that match an INVITE.
		x.respond(tx, req, sip.StatusCallTransactionDoesNotExists, "Call Does Not Exist")
	}))
	s.OnNoRoute(served(func(req *sip.Request, tx sip.ServerTransaction) {
		x.respond(tx, req, sip.StatusMethodNotAllowed, "Method Not Allowed", sip.NewHeader("Allow", allowed))
	}))
}

// enter begins to serve something that came, and is false when the exchange is closed. Whoever enters calls serving.Done.
func (x *Exchange) enter() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	if !x.down {
		x.serving.Add(1)
	}
	return !x.down
}

// lateAnswer gets the answers to transactions that are over. One that accepts a call which
// nobody knows any more must not leave the other end talking to itself.
func (x *Exchange) lateAnswer(res *sip.Response) {
	seq, from, to := res.CSeq(), res.From(), res.To()
	if !res.IsSuccess() || seq == nil || seq.MethodName != sip.INVITE || from == nil || to == nil || res.CallID() == nil || res.Contact() == nil {
		return
	}
	if !x.enter() {
		return
	}
	defer x.serving.Done()
	d := &dialog{
		x: x, callID: res.CallID().Value(), local: *from, remote: *to, us: &sip.ContactHeader{Address: from.Address},
		offer: seq.SeqNo, seq: seq.SeqNo, target: *res.Contact().Address.Clone(),
	}
	x.mu.Lock()
	known := x.dialogs[d.key()] != nil
	x.mu.Unlock()
	err := d.acknowledge(nil)
	if err == nil && !known {
		ctx, cancel := context.WithTimeout(context.Background(), 64*sip.T1)
		defer cancel()
		_, err = x.ask(ctx, d.request(sip.BYE), sipgo.DigestAuth{})
	}
	if err != nil {
		x.log.Warn("an answer came too late", "call", d.callID, "err", err)
	}
}

const allowed = "INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, INFO, NOTIFY"

// asked answers OPTIONS, with which a switch finds out whether a phone is reachable.
func (x *Exchange) asked(req *sip.Request, tx sip.ServerTransaction) {
	if x.phone(unescaped(req.Recipient.User)) == nil {
		x.respond(tx, req, sip.StatusNotFound, "Not Found")
		return
	}
	x.respond(tx, req, sip.StatusOK, "OK", sip.NewHeader("Allow", allowed), sip.NewHeader("Accept", "application/sdp"))
}

func (x *Exchange) respond(tx sip.ServerTransaction, req *sip.Request, code int, reason string, hs ...sip.Header) {
	res := sip.NewResponseFromRequest(req, code, reason, nil)
	for _, h := range hs {
		res.AppendHeader(h)
	}
	if err := tx.Respond(res); err != nil {
		x.log.Debug("an answer could not be sent", "code", code, "to", req.Method, "err", err)
	}
}
