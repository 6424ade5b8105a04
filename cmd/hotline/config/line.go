package config

import (
	"hotline/telephony"
	"hotline/telephony/phonenumbers"
)

// MayCall says whether a customer may be called at the number that they called from.
func (c Config) MayCall(n telephony.Number) bool {
	return phonenumbers.Callable(n, c.Line.Number, c.Line.Region, c.Line.CallBack)
}

// Dialled lists the ways in which the line's number may come as the number that was dialled.
func (l Line) Dialled() []string { return phonenumbers.Dialled(l.Number, l.Region) }
