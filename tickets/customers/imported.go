package customers

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// An import adds to what is known: a cell that is empty changes nothing, an entry of a list that is not there is added, and none is taken away, for
// somebody may have heard it from the customer. A row is the customer's who has its external id, or else its contract. So a file can be imported
// again, and changes nothing the second time.

// Column is what the cells of a column hold.
type Column string

const (
	ColumnExternalID Column = "external_id"
	ColumnName       Column = "name"
	ColumnNumber     Column = "number"
	ColumnMail       Column = "mail"
	ColumnAddress    Column = "address"
	ColumnContract   Column = "contract"
	ColumnAgreement  Column = "agreement"
	ColumnEndsOn     Column = "ends_on"
	ColumnEquipment  Column = "equipment"
	ColumnNote       Column = "note"
	ColumnWarning    Column = "warning"
	ColumnIgnored    Column = "-"
)

// headers are the names of columns that are understood, in small letters.
var headers = map[Column][]string{
	ColumnExternalID: {"external_id", "external id", "id", "код", "ид", "внешний код", "id клиента", "код клиента"},
	ColumnName:       {"name", "customer", "full name", "company", "фио", "имя", "название", "наименование", "клиент", "абонент", "организация"},
	ColumnNumber:     {"number", "numbers", "phone", "phones", "telephone", "телефон", "телефоны", "номер", "номера", "номер телефона", "тел"},
	ColumnMail:       {"mail", "mails", "email", "e-mail", "почта", "эл. почта", "электронная почта", "e-mail адрес"},
	ColumnAddress:    {"address", "addresses", "адрес", "адреса", "адрес подключения"},
	ColumnContract:   {"contract", "contract number", "agreement number", "договор", "номер договора", "№ договора", "лицевой счет", "лицевой счёт"},
	ColumnAgreement:  {"agreement", "sla", "tariff agreement", "соглашение", "уровень обслуживания"},
	ColumnEndsOn:     {"ends_on", "contract ends", "valid until", "expires", "действует до", "срок действия", "окончание договора"},
	ColumnEquipment:  {"equipment", "device", "devices", "оборудование", "устройство"},
	ColumnNote:       {"note", "notes", "comment", "примечание", "примечания", "комментарий", "заметка"},
	ColumnWarning:    {"warning", "warnings", "предупреждение", "предупреждения", "внимание"},
}

// Heading is a column of a file: its name in the first line, and what its cells hold.
type Heading struct {
	Name  string `json:"name"`
	Holds Column `json:"holds"`
}

// Columns says what the columns of a file hold, by its first line. mapping says so of columns by their names, over what is understood by itself. Several columns may
// hold numbers, mails and other lists; a digit behind a name does not matter.
func Columns(header []string, mapping map[string]Column) ([]Column, error) {
	var columns []Column
	unused := map[string]bool{}
	for name, column := range mapping {
		if !column.known() {
			return nil, fmt.Errorf("the mapping of %q: there is no %q; expected one of %v", name, column, all())
		}
		unused[plain(name)] = true
	}
	for i, name := range header {
		column, known := columnOf(name, mapping)
		if !known {
			return nil, fmt.Errorf("column %d: %q is not understood: say what it holds by a mapping (one of %v)", i+1, name, all())
		}
		delete(unused, plain(name))
		columns = append(columns, column)
	}
	for name := range unused {
		return nil, fmt.Errorf("the mapping names a column %q, which is not in the file", name)
	}
	return columns, CheckColumns(columns)
}

// Guess is Columns for whoever looks at what comes of it before anything is written: what is not understood, or can stand in one column alone and does in
// an earlier one, is left out.
func Guess(header []string, mapping map[string]Column) (columns []Column) {
	for _, name := range header {
		column, known := columnOf(name, mapping)
		if !known || !column.known() || column.once() && slices.Contains(columns, column) {
			column = ColumnIgnored
		}
		columns = append(columns, column)
	}
	return columns
}

// CheckColumns says what is wrong with what the columns of a file hold.
func CheckColumns(columns []Column) error {
	for i, c := range columns {
		if !c.known() {
			return fmt.Errorf("column %d: there is no %q; expected one of %v", i+1, c, all())
		}
		if c.once() && slices.Contains(columns[:i], c) {
			return fmt.Errorf("column %d: there is another one of %s", i+1, c)
		}
	}
	if !slices.Contains(columns, ColumnExternalID) && !slices.Contains(columns, ColumnContract) {
		return errors.New("no column holds an external id or a contract, by which customers are known again")
	}
	return nil
}

// once says whether one column at most holds it.
func (c Column) once() bool {
	return slices.Contains([]Column{ColumnExternalID, ColumnName, ColumnAgreement, ColumnEndsOn}, c)
}

func (c Column) known() bool {
	_, is := headers[c]
	return is || c == ColumnIgnored
}

func columnOf(name string, mapping map[string]Column) (column Column, known bool) {
	for mapped, column := range mapping {
		if plain(mapped) == plain(name) {
			return column, true
		}
	}
	bare := strings.TrimSpace(strings.TrimRightFunc(plain(name), unicode.IsDigit))
	for column, names := range headers {
		if slices.Contains(names, plain(name)) || slices.Contains(names, bare) {
			return column, true
		}
	}
	return "", false
}

func plain(name string) string {
	return strings.ToLower(strings.Join(strings.Fields(strings.Trim(name, "\ufeff")), " "))
}

func all() []Column {
	list := []Column{ColumnIgnored}
	for column := range headers {
		list = append(list, column)
	}
	slices.Sort(list)
	return list
}

// ReadRow is what a row says of a customer, or an error that ReasonOf knows.
func ReadRow(columns []Column, cells []string, rules Rules) (Record, error) {
	if len(cells) != len(columns) {
		return Record{}, Reason{Code: OtherCells, Most: len(columns)}
	}
	var (
		e                                                         Edit
		numbers, mails, addresses, equipment, notes, warnings, of []string
		agreement, ends                                           string
	)
	lists := map[Column]*[]string{
		ColumnMail: &mails, ColumnContract: &of, ColumnAddress: &addresses, ColumnEquipment: &equipment, ColumnNote: &notes, ColumnWarning: &warnings,
	}
	for i, column := range columns {
		cell := strings.TrimSpace(cells[i])
		if cell == "" {
			continue
		}
		switch column {
		case ColumnExternalID:
			e.ExternalID = &cell
		case ColumnName:
			e.Name = &cell
		case ColumnAgreement:
			agreement = cell
		case ColumnEndsOn:
			ends = day(cell)
		case ColumnNumber:
			numbers = append(numbers, cell) // perhaps several: see numbersIn
		case ColumnMail, ColumnContract:
			*lists[column] = append(*lists[column], strings.FieldsFunc(cell, func(r rune) bool { return strings.ContainsRune(";,|\n\r", r) })...)
		case ColumnNote:
			notes = append(notes, cell)
		case ColumnAddress, ColumnEquipment, ColumnWarning:
			*lists[column] = append(*lists[column], strings.FieldsFunc(cell, func(r rune) bool { return strings.ContainsRune(";|\n\r", r) })...)
		}
	}
	var contracts []Contract
	for _, number := range of {
		if strings.TrimSpace(number) != "" {
			contracts = append(contracts, Contract{Number: number, Agreement: agreement, EndsOn: ends})
		}
	}
	if len(contracts) == 0 && agreement+ends != "" {
		return Record{}, Reason{Code: Lone, Column: ColumnContract}
	}
	e.Numbers, e.Mails, e.Addresses, e.Equipment, e.Notes, e.Warnings, e.Contracts = &numbers, &mails, &addresses, &equipment, &notes, &warnings, &contracts
	r, err := e.On(Record{Name: nameless}, rules)
	if err != nil {
		return Record{}, err
	}
	if r.Name == nameless {
		r.Name = ""
	}
	if r.ExternalID == "" && len(r.Contracts) == 0 {
		return Record{}, Reason{Code: Unnamed}
	}
	return r, nil
}

// nameless stands for the name while a row is checked that says none: its customer may have one.
const nameless = "\x00"

// day is a day as spreadsheets in Russia write it, in the form in which it is kept.
func day(cell string) string {
	if len(cell) == 10 && cell[2] == '.' && cell[5] == '.' {
		return cell[6:] + "-" + cell[3:5] + "-" + cell[:2]
	}
	return cell
}

// Added is a record with what a row says besides, or a Wrong.
func Added(was, row Record) (Record, error) {
	r := was.clone()
	row = row.clone()
	if row.Name != "" {
		r.Name = row.Name
	}
	if row.ExternalID != "" {
		r.ExternalID = row.ExternalID
	}
	for i, list := range r.lists() {
		for _, text := range *row.lists()[i] {
			if !has(*list, text, sameIn(i)) {
				*list = append(*list, text)
			}
		}
		most := MostEntries
		if i == 0 {
			most = MostNumbers
		}
		if len(*list) > most {
			return Record{}, Wrong{Field: "row", Rule: "would give them too many numbers, mails, addresses or notes", Which: TooMany, Most: most}
		}
	}
	for _, k := range row.Contracts {
		at := slices.IndexFunc(r.Contracts, func(known Contract) bool { return known.Number == k.Number })
		if at < 0 {
			r.Contracts = append(r.Contracts, k)
			continue
		}
		if k.Agreement != "" {
			r.Contracts[at].Agreement = k.Agreement
		}
		if k.EndsOn != "" {
			r.Contracts[at].EndsOn = k.EndsOn
		}
	}
	if len(r.Contracts) > MostEntries {
		return Record{}, Wrong{Field: "contracts", Rule: "would be too many", Which: TooMany, Most: MostEntries}
	}
	if r.Name == "" && len(r.Numbers) == 0 && len(r.Mails) == 0 {
		return Record{}, Wrong{Field: "name", Rule: "expected a name, or else a number or a mail", Which: Missing}
	}
	return r.clone(), nil
}

// Row is a line of a file.
type Row struct {
	Line   int
	Record Record
	Err    error // what is wrong with it
}

// Done is what becomes of a row.
type Done struct {
	Line  int
	What  What
	Name  string
	Patch Patch // of a customer who is changed
	Why   Reason
}

// What says what becomes of a row.
type What string

const (
	WouldCreate What = "created"
	WouldChange What = "changed"
	Unchanged   What = "unchanged"
	LeftAlone   What = "left"  // their customer was merged into another, and somebody decides what is said of that one
	IsWrong     What = "wrong" // and is not taken
)
