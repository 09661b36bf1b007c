package events

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"sync"

	"quid/clv"
)

// An event is one line of a block: the customer as a place in the block.
type event struct {
	hash   uint64
	head   uint64 // the first eight bytes of the name
	at     uint32 // where the name begins
	length uint32
	amount int64
	day    clv.Day
	who    int32 // number of the customer on its shelf
}

// A shelf is the customers of one part of the hashes with their purchases.
type shelf struct {
	turn  sync.Mutex // of the block that may be taken next
	came  *sync.Cond
	next  int
	slots []slot
	ends  []uint32 // where the name of each customer ends in names
	names []byte
	tally *clv.Tally
}

// A slot finds a customer: short names are told apart without a look at names.
type slot struct {
	head   uint64
	length uint32
	who    uint32 // number of the customer + 1; 0 is free
}

// shelves is how many there are: enough for goroutines not to wait for each
// other.
const shelves = 16

// shelfOf uses bits of the hash that the slots do not.
func shelfOf(hash uint64) int { return int(hash>>60) % shelves }

func newShelf(w clv.Watch, middle clv.Day) *shelf {
	s := &shelf{slots: make([]slot, 1<<8), tally: clv.NewTally(w).Around(middle)}
	s.came = sync.NewCond(&s.turn)
	return s
}

// inTurn calls take once all blocks before were taken: what stands in the order
// of time in a file is counted in it, which is fastest.
func (s *shelf) inTurn(number int, take func()) {
	s.turn.Lock()
	defer s.turn.Unlock()
	for s.next != number {
		s.came.Wait()
	}
	take()
	s.next++
	s.came.Broadcast()
}

// take counts the events of a block. The steps are apart so that the memory of
// many customers is fetched at once.
func (s *shelf) take(block []byte, events []event) (at int, err error) {
	s.reserve(len(events))
	mask := uint64(len(s.slots) - 1)
	for i := range events {
		e := &events[i]
		e.who = -1
		if at := &s.slots[e.hash&mask]; at.head == e.head && at.length == e.length && e.length <= 8 {
			e.who = int32(at.who) - 1
		}
	}
	for i := range events {
		if e := &events[i]; e.who < 0 {
			e.who = s.find(e, block[e.at:e.at+e.length])
		}
	}
	for i := range events {
		e := &events[i]
		if err := s.tally.Add(int(e.who), e.day, e.amount); err != nil {
			return i, err
		}
	}
	return 0, nil
}

// find returns the number of a customer, a new one if there is none.
func (s *shelf) find(e *event, name []byte) int32 {
	mask := uint64(len(s.slots) - 1)
	i := e.hash & mask
	for ; s.slots[i].who != 0; i = (i + 1) & mask {
		if at := &s.slots[i]; at.head == e.head && at.length == e.length {
			if who := int(at.who) - 1; len(name) <= 8 || bytes.Equal(s.name(who), name) {
				return int32(who)
			}
		}
	}
	s.names = append(s.names, name...)
	s.ends = append(s.ends, uint32(len(s.names)))
	s.slots[i] = slot{e.head, e.length, uint32(len(s.ends))}
	return int32(len(s.ends) - 1)
}

// reserve makes room for n more customers, half of the slots staying free.
func (s *shelf) reserve(n int) {
	size := len(s.slots)
	for 2*(len(s.ends)+n) > size {
		size *= 2
	}
	if size == len(s.slots) {
		return
	}
	s.slots = make([]slot, size)
	for who := range s.ends {
		name := s.name(who)
		hash, head := hashOf(name)
		i := hash & uint64(size-1)
		for s.slots[i].who != 0 {
			i = (i + 1) & uint64(size-1)
		}
		s.slots[i] = slot{head, uint32(len(name)), uint32(who + 1)}
	}
}

func (s *shelf) name(who int) []byte {
	from := uint32(0)
	if who > 0 {
		from = s.ends[who-1]
	}
	return s.names[from:s.ends[who]]
}

// hashOf mixes eight bytes at a time by the product of two halves, as wyhash
// (Wang Yi, public domain) does. head is the first eight bytes, zeros behind a
// shorter name.
func hashOf(name []byte) (hash, head uint64) {
	const k0, k1 = 0xa0761d6478bd642f, 0xe7037ed1a0b428db
	h := k0 ^ uint64(len(name))
	head = eight(name)
	if len(name) <= 8 {
		return mix(mix(h^head, k1), k0), head
	}
	for len(name) > 8 {
		h = mix(h^binary.LittleEndian.Uint64(name), k1)
		name = name[8:]
	}
	return mix(mix(h^eight(name), k1), k0), head
}

// eight are the first eight bytes as a number.
func eight(name []byte) uint64 {
	if len(name) >= 8 {
		return binary.LittleEndian.Uint64(name)
	}
	var v uint64
	for i, c := range name {
		v |= uint64(c) << (8 * i)
	}
	return v
}

func mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}
