package events

import (
	"bytes"
	"fmt"

	"quid/clv"
)

// A parser is one goroutine that reads blocks.
type parser struct {
	*layout
	dayHead uint64 // the bytes of the last date, and what they mean
	dayTail uint16
	recent  clv.Day

	shelves []*shelf
	events  [shelves][]event
	cells   [][]byte

	purchases, nameless, negative int64
}

// run reads blocks until there are no more, or a problem turns up.
func (p *parser) run(src *source) {
	buf := make([]byte, blockSize)
	for {
		block, full, number := src.next(buf)
		if buf = full; block == nil {
			return
		}
		at, problem := 0, (*Problem)(nil)
		if number == 0 && src.header {
			at = headerEnd(block)
		}
		at, problem = p.block(block, at)
		at, problem = p.shelve(block, number, at, problem)
		if problem != nil {
			problem.Line = bytes.Count(block[:at], []byte{'\n'}) + 1
		}
		src.counted(number, bytes.Count(block, []byte{'\n'}), problem)
	}
}

// headerEnd is where the first line that is not blank ends.
func headerEnd(block []byte) int {
	at := 0
	for {
		line, _, _ := bytes.Cut(block[at:], []byte{'\n'})
		at += len(line) + 1
		if len(bytes.TrimSpace(line)) > 0 || at >= len(block) {
			return min(at, len(block))
		}
	}
}

// block finds the events of a block of whole lines. A problem is that of the
// line which begins at the place returned.
func (p *parser) block(b []byte, at int) (int, *Problem) {
	for i := range p.events {
		p.events[i] = p.events[i][:0]
	}
	if p.comma == ' ' || bytes.IndexByte(b, '"') >= 0 {
		return p.slow(b, at)
	}
	var id, day, amount []byte
	comma, last := p.comma, p.last()
	for at < len(b) {
		line, from, column := at, at, 0
		id, day, amount = nil, nil, nil
		i := at
		for {
			c := b[i]
			if c != comma && c != '\n' {
				i++
				continue
			}
			switch column {
			case p.id:
				id = b[from:i]
			case p.day:
				day = b[from:i]
			case p.amount:
				amount = b[from:i]
			}
			if c == '\n' {
				break
			}
			i++
			from = i
			if column++; column > last {
				i += bytes.IndexByte(b[i:], '\n')
				break
			}
		}
		at = i + 1
		if problem := p.line(b, line, i, id, day, amount, column); problem != nil {
			return line, problem
		}
	}
	return 0, nil
}

// slow is block for lines with quotes, or with blanks between the cells.
func (p *parser) slow(b []byte, at int) (int, *Problem) {
	for at < len(b) {
		end := at + lineEnd(b[at:])
		p.cells = p.split(b[at:end], p.cells[:0])
		var id, day, amount []byte
		for i, cell := range p.cells {
			switch i {
			case p.id:
				id = cell
			case p.day:
				day = cell
			case p.amount:
				amount = cell
			}
		}
		if problem := p.line(b, at, end, id, day, amount, len(p.cells)-1); problem != nil {
			return at, problem
		}
		at = end + 1
	}
	return 0, nil
}

// lineEnd is where a line ends, quotes heeded.
func lineEnd(b []byte) int {
	end := bytes.IndexByte(b, '\n')
	if bytes.IndexByte(b[:end], '"') < 0 {
		return end
	}
	for end < len(b)-1 && lastLine(b[:end+1]) != end+1 {
		end += 1 + bytes.IndexByte(b[end+1:], '\n')
	}
	return end
}

// line takes the cells of a line.
func (p *parser) line(b []byte, from, to int, id, day, amount []byte, column int) *Problem {
	if id = trim(id); len(id) == 0 {
		if len(bytes.TrimSpace(b[from:to])) > 0 {
			p.nameless++
		}
		return nil
	}
	if column < p.last() {
		return &Problem{Reason: fmt.Sprintf("it has %d cells, and column %q is cell %d: mend the line", column+1, p.columns[p.last()], p.last()+1)}
	}
	day = trim(day)
	d, ok := p.fixedDay(day)
	if !ok {
		if d = dayOf(day, p.order); d == 0 {
			return p.wrong(p.day, day, "write a day such as 2026-12-31")
		}
	}
	var micro int64
	if p.amount >= 0 {
		amount = trim(amount)
		if micro, ok = amountOf(amount, p.decimal); !ok {
			return p.wrong(p.amount, amount, fmt.Sprintf("write an amount such as 12%c50, at most %d", p.decimal, int64(clv.AmountLimit)))
		}
		if micro < 0 {
			p.negative++
		}
	}
	p.purchases++
	hash, head := hashOf(id)
	shelf, at := shelfOf(hash), cap(b)-cap(id)
	p.events[shelf] = append(p.events[shelf], event{hash: hash, head: head, at: uint32(at), length: uint32(len(id)), amount: micro, day: d})
	return nil
}

func (p *parser) wrong(column int, value []byte, reason string) *Problem {
	const most = 60
	if len(value) > most {
		value = append(append([]byte(nil), value[:most]...), "…"...)
	}
	return &Problem{Column: p.columns[column], Value: string(value), Reason: reason}
}

// trim takes blanks away from both ends; most cells have none.
func trim(s []byte) []byte {
	if len(s) > 0 && (s[0] <= ' ' || s[len(s)-1] <= ' ') {
		return bytes.TrimSpace(s)
	}
	return s
}

// shelve hands the events of a block on, unless the block has a problem already.
// A problem of the shelves is the first one of the block, whatever the shelf.
func (p *parser) shelve(block []byte, number, from int, problem *Problem) (int, *Problem) {
	unread := problem != nil
	for n, s := range p.shelves {
		s.inTurn(number, func() {
			if unread {
				return
			}
			at, err := s.take(block, p.events[n])
			if err == nil {
				return
			}
			e := p.events[n][at]
			if line := bytes.LastIndexByte(block[:e.at], '\n') + 1; problem == nil || line < from {
				from = line
				problem = &Problem{Column: p.columns[p.day], Value: e.day.String(), Reason: err.Error() + ": mend it or take the line out"}
			}
		})
	}
	return from, problem
}
