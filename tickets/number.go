package tickets

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Number is a ticket's number for its whole life: decimal digits, the last of which is
// a check digit by Damm (H. M. Damm, Total anti-symmetrische Quasigruppen, 2004). The check
// finds every single mistyped digit and every swap of two neighbours, so a caller
// is told at once. It needs no letter, unlike ISBN's: a phone has keys for ten digits.
type Number string

var (
	// ErrCheckDigit says that a number was mistyped: its check digit does not fit.
	ErrCheckDigit = errors.New("check digit does not fit")
	// ErrNotNumber says that what was typed cannot be a ticket number at all.
	ErrNotNumber = errors.New("not a ticket number")
)

// Shortest and longest number that ParseNumber takes.
const (
	shortestNumber = 4
	longestNumber  = 15
)

// damm is the totally anti-symmetric quasigroup of order 10 from Damm's thesis.
var damm = [10][10]byte{
	{0, 3, 1, 7, 5, 9, 8, 6, 4, 2},
	{7, 0, 9, 2, 1, 5, 4, 8, 6, 3},
	{4, 2, 0, 6, 8, 7, 1, 3, 5, 9},
	{1, 7, 5, 0, 9, 8, 3, 4, 2, 6},
	{6, 1, 2, 3, 0, 4, 5, 9, 7, 8},
	{3, 6, 7, 4, 2, 0, 9, 5, 8, 1},
	{5, 8, 6, 9, 7, 2, 0, 1, 3, 4},
	{8, 9, 4, 5, 3, 6, 2, 0, 1, 7},
	{9, 4, 3, 8, 6, 1, 7, 2, 0, 5},
	{2, 5, 8, 1, 4, 3, 6, 7, 9, 0},
}

// MakeNumber appends the check digit to a serial number.
func MakeNumber(serial uint64) Number {
	digits := strconv.FormatUint(serial, 10)
	return Number(digits + string('0'+check(digits)))
}

// ParseNumber takes what a caller typed or an agent pasted: digits, with spaces and hyphens
// allowed between them. A number with a wrong check digit gives ErrCheckDigit, anything
// else that is no number ErrNotNumber. It does not ask whether there is such a ticket.
func ParseNumber(typed string) (Number, error) {
	digits := strings.NewReplacer(" ", "", "-", "").Replace(typed)
	if len(digits) < shortestNumber || len(digits) > longestNumber {
		return "", fmt.Errorf("%w: %d digits, expected %d to %d", ErrNotNumber, len(digits), shortestNumber, longestNumber)
	}
	for i := range len(digits) {
		if digits[i] < '0' || digits[i] > '9' {
			return "", fmt.Errorf("%w: character %d is not a digit", ErrNotNumber, i+1)
		}
	}
	if digits[0] == '0' {
		return "", fmt.Errorf("%w: begins with a zero", ErrNotNumber)
	}
	if check(digits) != 0 {
		return "", fmt.Errorf("ticket number %s: %w", digits, ErrCheckDigit)
	}
	return Number(digits), nil
}

// check runs digits through the quasigroup: the check digit of a bare number, 0 for a number that carries its own.
func check(digits string) byte {
	var row byte
	for i := range len(digits) {
		row = damm[row][digits[i]-'0']
	}
	return row
}
