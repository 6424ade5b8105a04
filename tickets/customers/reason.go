package customers

import (
	"errors"
	"fmt"
	"strings"

	"hotline/telephony/words"
)

// Reason says why a row of a file is not taken, or is left alone. The zero value is none.
type Reason struct {
	Code   Which  `json:"code,omitempty"`
	Column Column `json:"column,omitempty"` // whose cell it is; "": it is about the whole row
	Most   int    `json:"most,omitempty"`   // where it is too long or has too many: characters or entries; of cells: how many the first line has
	Line   int    `json:"line,omitempty"`   // of SameAs
	Number string `json:"number,omitempty"` // of the contract that is another's
	Name   string `json:"name,omitempty"`   // whose it is, as it is stored

	Said string `json:"said,omitempty"` // in the words of a Hotline that had no codes
}

// What may be wrong with a row, besides what may be wrong with what a person types.
const (
	BadQuotes  Which = "bad_quotes"
	NotUTF8    Which = "not_utf8"
	OtherCells Which = "other_cells"
	Unnamed    Which = "unnamed" // neither external id nor contract
	Lone       Which = "lone"    // an agreement or an end without a contract
	SameAs     Which = "same_as"
	Another    Which = "anothers_contract"
	WasMerged  Which = "was_merged"
)

// reasons are in words what a Which says about a row of a file.
var reasons = map[Which]words.Text{
	BadQuotes:  {"ru": "не читается: кавычки стоят не там", "en": "cannot be read: a quote stands in the wrong place"},
	NotUTF8:    {"ru": "записано не в UTF-8", "en": "is not written in UTF-8"},
	OtherCells: {"ru": "ячеек не столько, сколько в первой строке: там %d", "en": "has not as many cells as the first line, which has %d"},
	Unnamed:    {"ru": "нужен код или договор, по которому клиент узнаётся снова", "en": "expected an external id or a contract, by which the customer is known again"},
	Lone:       {"ru": "нет номера договора, а его соглашение или последний день указаны", "en": "is missing, and its agreement or end is there"},
	SameAs:     {"ru": "тот же код или договор, что в строке %d", "en": "line %d is about the same external id or contract"},
	Another:    {"ru": "договор %s записан за другим клиентом", "en": "contract %s is of another customer"},
	WasMerged:  {"ru": "этого клиента объединили с другим", "en": "this customer was merged into another"},
	TooLong:    {"ru": "длиннее %d знаков", "en": "is too long: at most %d"},
	TooMany:    {"ru": "слишком много записей: можно не больше %d", "en": "would have too many entries: at most %d"},
	Missing:    {"ru": "нужно имя, номер или почта", "en": "expected a name, or else a number or a mail"},
	Unknown:    {"ru": "такого соглашения нет", "en": "the configuration has no such agreement"},
	NotNumber:  {"ru": "это не телефонный номер", "en": "expected a telephone number"},
	NotMail:    {"ru": "это не адрес почты", "en": "expected a mail address, such as name@example.org"},
	NotDay:     {"ru": "такого дня нет; нужно, например, 2027-01-31", "en": "expected a day, such as 2027-01-31"},
	Twice:      {"ru": "записано дважды", "en": "is there twice"},
	"":         {"ru": "не берётся", "en": "is not taken"},
}

// columnNames are in words what columns hold.
var columnNames = map[Column]words.Text{
	ColumnExternalID: {"ru": "код", "en": "external id"}, ColumnName: {"ru": "имя", "en": "name"}, ColumnNumber: {"ru": "номер", "en": "number"}, ColumnMail: {"ru": "почта", "en": "mail"},
	ColumnAddress: {"ru": "адрес", "en": "address"}, ColumnContract: {"ru": "договор", "en": "contract"}, ColumnAgreement: {"ru": "соглашение", "en": "agreement"},
	ColumnEndsOn: {"ru": "последний день договора", "en": "end of the contract"}, ColumnEquipment: {"ru": "оборудование", "en": "equipment"}, ColumnNote: {"ru": "примечание", "en": "note"},
	ColumnWarning: {"ru": "предупреждение", "en": "warning"},
}

// In is what a column holds, in words.
func (c Column) In(language string) string { return columnNames[c].In(language) }

// In says a reason in words, with the column.
func (r Reason) In(language string) string {
	said := r.Words(language)
	if r.Column != "" {
		said = r.Column.In(language) + ": " + said
	}
	return said
}

// Words says a reason in words, without the column. "" says none.
func (r Reason) Words(language string) string {
	if r == (Reason{}) || r.Said != "" {
		return r.Said
	}
	text, known := reasons[r.Code]
	if !known {
		text = reasons[""]
	}
	said := text.In(language)
	switch {
	case strings.Contains(said, "%s"):
		said = fmt.Sprintf(said, r.Number)
	case strings.Contains(said, "%d"):
		said = fmt.Sprintf(said, max(r.Most, r.Line))
	}
	if r.Name != "" {
		said += ": " + r.Name
	}
	return said
}

func (r Reason) Error() string { return r.In("en") }

// ReasonOf says why a row cannot be taken: of a Wrong, in which column.
func ReasonOf(err error) Reason {
	var r Reason
	if errors.As(err, &r) {
		return r
	}
	var w Wrong
	if !errors.As(err, &w) {
		return Reason{Said: err.Error()}
	}
	return Reason{Code: w.Which, Column: columnOfField(w.Field), Most: w.Most}
}

// columnOfField is where a field of a record stands in a file: "contracts[0].ends_on" in ColumnEndsOn; "" for the whole row.
func columnOfField(field string) Column {
	list, rest, _ := strings.Cut(field, "[")
	_, part, _ := strings.Cut(rest, "].")
	if c, is := columnsOfFields[part]; is {
		return c
	}
	return columnsOfFields[list]
}

var columnsOfFields = map[string]Column{
	"name": ColumnName, "external_id": ColumnExternalID, "numbers": ColumnNumber, "mails": ColumnMail, "addresses": ColumnAddress, "contracts": ColumnContract, "contract": ColumnContract,
	"agreement": ColumnAgreement, "ends_on": ColumnEndsOn, "equipment": ColumnEquipment, "notes": ColumnNote, "warnings": ColumnWarning,
}
