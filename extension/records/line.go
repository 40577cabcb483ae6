package records

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
)

// AppendLine writes one record as a line of JSON: the columns in their order, absent ones as null. Without a column of
// type gaps the gaps come last.
func (s *Store) AppendLine(line []byte, cells []Cell, gaps []float64) []byte {
	placed := false
	line = append(line, '{')
	for i, c := range s.Columns {
		if i > 0 {
			line = append(line, ',')
		}
		line = append(appendString(line, c.Name), ':')
		if c.Type == Gaps {
			line, placed = appendGaps(line, gaps), true
		} else {
			line = appendCell(line, c.Type, cells[i])
		}
	}
	if !placed {
		if len(s.Columns) > 0 {
			line = append(line, ',')
		}
		line = appendGaps(append(line, `"gaps":`...), gaps)
	}
	return append(line, '}', '\n')
}

func appendGaps(line []byte, gaps []float64) []byte {
	line = append(line, '[')
	for i, gap := range gaps {
		if i > 0 {
			line = append(line, ',')
		}
		line = AppendNumber(line, gap)
	}
	return append(line, ']')
}

func appendCell(line []byte, t Type, cell Cell) []byte {
	switch {
	case cell.Absent:
		return append(line, "null"...)
	case t == Number:
		return AppendNumber(line, cell.Num)
	case t == Boolean:
		return strconv.AppendBool(line, cell.Num != 0)
	}
	return appendString(line, cell.Str)
}

// AppendNumber writes at most three decimals and never an exponent; what is no number becomes null.
func AppendNumber(line []byte, value float64) []byte {
	if math.IsNaN(value) || math.IsInf(value, 0) {
		return append(line, "null"...)
	}
	if scaled := math.Round(value * 1000); math.Abs(scaled) < 1<<53 { // whole thousandths: integers are quicker than floats
		return appendThousandths(line, int64(scaled))
	}
	return strconv.AppendFloat(line, value, 'f', -1, 64)
}

// thousandths rounds a value to what a line can hold: the run and whoever reads its file again then find the same figures.
func thousandths(value float64) float64 {
	if scaled := math.Round(value * 1000); math.Abs(scaled) < 1<<53 {
		return scaled / 1000
	}
	return value
}

func appendThousandths(line []byte, value int64) []byte {
	if value < 0 {
		line, value = append(line, '-'), -value
	}
	line = strconv.AppendInt(line, value/1000, 10)
	rest := value % 1000
	if rest == 0 {
		return line
	}
	line = append(line, '.', byte('0'+rest/100))
	if rest %= 100; rest > 0 {
		line = append(line, byte('0'+rest/10))
		if rest %= 10; rest > 0 {
			line = append(line, byte('0'+rest))
		}
	}
	return line
}

// appendString writes a JSON string without the detour over encoding/json where no character needs it.
func appendString(line []byte, text string) []byte {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			quoted := &bytes.Buffer{}
			encoder := json.NewEncoder(quoted)
			encoder.SetEscapeHTML(false)
			_ = encoder.Encode(text) // a string always encodes
			return append(line, bytes.TrimSuffix(quoted.Bytes(), []byte("\n"))...)
		}
	}
	return append(append(append(line, '"'), text...), '"')
}
