package view

// Input is what all fields of a form have.
type Input struct {
	Name, Label, Value, Hint, Error string
	Form                            string // tells it from a field of the same name in another form of the page
	Mandatory, Off                  bool
}

// ID returns the id of the field, which its label, hint and error refer to.
func (i Input) ID() string {
	if i.Form != "" {
		return "f-" + i.Form + "-" + i.Name
	}
	return "f-" + i.Name
}

// DescribedBy returns the ids of hint and error.
func (i Input) DescribedBy() string {
	switch {
	case i.Hint != "" && i.Error != "":
		return i.ID() + "-hint " + i.ID() + "-error"
	case i.Hint != "":
		return i.ID() + "-hint"
	case i.Error != "":
		return i.ID() + "-error"
	}
	return ""
}

// Problem returns the field's link in the error summary, or nil.
func (i Input) Problem() *Problem {
	if i.Error == "" {
		return nil
	}
	return &Problem{ID: i.ID(), Text: i.Label + ": " + i.Error}
}

// Control is a field that can be wrong.
type Control interface {
	Component
	Problem() *Problem
}

// Field is a line of text, or another <input>.
type Field struct {
	Input
	Kind, Auto, Mode, Min, Max, Accept string
	MaxLength                          int
	Prefix                             string // shown before it, such as Rp
	Grouping                           string // the sign that scripts put between groups of digits while somebody types
}

// NewField makes a field for one line of text.
func NewField(name, label string) Field {
	return Field{Input: Input{Name: name, Label: label}, Kind: "text"}
}

func (Field) component() string { return "field" }

// Type sets the kind of input: email, password, tel, number, date, file, url, search.
func (f Field) Type(kind string) Field { f.Kind = kind; return f }

// With sets the value.
func (f Field) With(value string) Field { f.Value = value; return f }

// Help explains the field.
func (f Field) Help(hint string) Field { f.Hint = hint; return f }

// Wrong shows what is wrong; "" is nothing.
func (f Field) Wrong(message string) Field { f.Error = message; return f }

// Required marks it as needed.
func (f Field) Required() Field { f.Mandatory = true; return f }

// Complete names what browsers may fill in (autocomplete).
func (f Field) Complete(token string) Field { f.Auto = token; return f }

// Limit sets the greatest number of characters.
func (f Field) Limit(characters int) Field { f.MaxLength = characters; return f }

// Between sets min and max of a number or date; "" is no limit.
func (f Field) Between(lowest, highest string) Field { f.Min, f.Max = lowest, highest; return f }

// Taking sets which files may be chosen.
func (f Field) Taking(types string) Field { f.Accept = types; return f }

// Rupiah makes it an amount of money as readers of lang write it; idr.Parse reads
// what comes back.
func (f Field) Rupiah(lang string) Field {
	f.Prefix, f.Mode, f.Grouping = "Rp", "numeric", "."
	if lang == "en" {
		f.Grouping = ","
	}
	return f
}

// Textarea is several lines of text.
type Textarea struct {
	Input
	Rows, MaxLength int
}

// NewTextarea makes a field for several lines.
func NewTextarea(name, label string) Textarea {
	return Textarea{Input: Input{Name: name, Label: label}, Rows: 5}
}

func (Textarea) component() string { return "textarea" }

// With sets the value.
func (f Textarea) With(value string) Textarea { f.Value = value; return f }

// Help explains the field.
func (f Textarea) Help(hint string) Textarea { f.Hint = hint; return f }

// Wrong shows what is wrong; "" is nothing.
func (f Textarea) Wrong(message string) Textarea { f.Error = message; return f }

// Required marks it as needed.
func (f Textarea) Required() Textarea { f.Mandatory = true; return f }

// Limit sets the greatest number of characters.
func (f Textarea) Limit(characters int) Textarea { f.MaxLength = characters; return f }

// Choice is one of several values.
type Choice struct{ Value, Label, Hint string }

// Select is one value of a list.
type Select struct {
	Input
	Choices []Choice
	Radio   bool // all choices are seen at once
}

// NewSelect makes a list to choose from.
func NewSelect(name, label string, choices ...Choice) Select {
	return Select{Input: Input{Name: name, Label: label}, Choices: choices}
}

// NewRadios makes a group of radio buttons.
func NewRadios(name, label string, choices ...Choice) Select {
	s := NewSelect(name, label, choices...)
	s.Radio = true
	return s
}

func (s Select) component() string {
	if s.Radio {
		return "radios"
	}
	return "select"
}

// With sets the value.
func (s Select) With(value string) Select { s.Value = value; return s }

// Help explains the field.
func (s Select) Help(hint string) Select { s.Hint = hint; return s }

// Wrong shows what is wrong; "" is nothing.
func (s Select) Wrong(message string) Select { s.Error = message; return s }

// Required marks it as needed.
func (s Select) Required() Select { s.Mandatory = true; return s }

// Checkbox is a yes or no.
type Checkbox struct {
	Input
	Checked bool
}

// NewCheckbox makes a checkbox that sends name=1.
func NewCheckbox(name, label string) Checkbox {
	return Checkbox{Input: Input{Name: name, Label: label, Value: "1"}}
}

func (Checkbox) component() string { return "checkbox" }

// On sets whether it is checked.
func (f Checkbox) On(checked bool) Checkbox { f.Checked = checked; return f }

// Help explains it.
func (f Checkbox) Help(hint string) Checkbox { f.Hint = hint; return f }

// Wrong shows what is wrong; "" is nothing.
func (f Checkbox) Wrong(message string) Checkbox { f.Error = message; return f }

// Required marks it as needed.
func (f Checkbox) Required() Checkbox { f.Mandatory = true; return f }

// Problem is one line of an error summary.
type Problem struct{ ID, Text string }

// Problems is the summary of what is wrong in a form. It is focused when the
// page opens.
type Problems struct {
	General string // about no field in particular
	Items   []Problem
	Still   bool // do not take the focus, as on the style page
}

// NewProblems collects what is wrong with the fields. Without any it shows nothing.
func NewProblems(general string, fields ...Control) Problems {
	p := Problems{General: general}
	for _, f := range fields {
		if problem := f.Problem(); problem != nil {
			p.Items = append(p.Items, *problem)
		}
	}
	return p
}

func (Problems) component() string { return "problems" }

// Any reports whether something is wrong.
func (p Problems) Any() bool { return p.General != "" || len(p.Items) > 0 }
