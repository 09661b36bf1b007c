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
	at     uint32 // where the customer's name begins
	length uint32
	amount int64
	day    clv.Day
	who    int32 // number of the customer on its shelf
}

// A shelf is the customers of one part of the hashes with their purchases.
type shelf struct {
	mu    sync.Mutex
	slots []uint64 // upper half of the hash, number of the customer + 1; 0 is free
	ends  []uint32 // where the name of each customer ends in names
	names []byte
	tally *clv.Tally
}

// shelves is how many there are: enough for goroutines not to wait for each
// other.
const shelves = 16

// shelfOf uses bits of the hash that the slots do not.
func shelfOf(hash uint64) int { return int(hash>>28) % shelves }

func newShelf(w clv.Watch, middle clv.Day) *shelf {
	return &shelf{slots: make([]uint64, 1<<8), tally: clv.NewTally(w).Around(middle)}
}

// take counts the events of a block. The steps are apart so that the memory of
// many customers is fetched at once.
func (s *shelf) take(block []byte, events []event) (at int, err error) {
	s.reserve(len(events))
	mask := uint64(len(s.slots) - 1)
	for i := range events {
		e := &events[i]
		e.who = int32(uint32(s.slots[e.hash&mask])) - 1
	}
	for i := range events {
		e := &events[i]
		name := block[e.at : e.at+e.length]
		if slot := s.slots[e.hash&mask]; uint32(slot>>32) != uint32(e.hash>>32) || e.who < 0 || !bytes.Equal(s.name(int(e.who)), name) {
			e.who = s.find(e.hash, name)
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
func (s *shelf) find(hash uint64, name []byte) int32 {
	mask := uint64(len(s.slots) - 1)
	i := hash & mask
	for ; s.slots[i] != 0; i = (i + 1) & mask {
		if slot := s.slots[i]; uint32(slot>>32) == uint32(hash>>32) {
			if who := int(uint32(slot)) - 1; bytes.Equal(s.name(who), name) {
				return int32(who)
			}
		}
	}
	s.names = append(s.names, name...)
	s.ends = append(s.ends, uint32(len(s.names)))
	s.slots[i] = hash>>32<<32 | uint64(len(s.ends))
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
	s.slots = make([]uint64, size)
	for who := range s.ends {
		hash := hashOf(s.name(who))
		i := hash & uint64(size-1)
		for s.slots[i] != 0 {
			i = (i + 1) & uint64(size-1)
		}
		s.slots[i] = hash>>32<<32 | uint64(who+1)
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
// (Wang Yi, public domain) does.
func hashOf(name []byte) uint64 {
	const k0, k1 = 0xa0761d6478bd642f, 0xe7037ed1a0b428db
	h := k0 ^ uint64(len(name))
	n := len(name)
	for ; n > 8; n -= 8 {
		h = mix(h^binary.LittleEndian.Uint64(name), k1)
		name = name[8:]
	}
	var tail uint64
	if n == 8 {
		tail = binary.LittleEndian.Uint64(name)
	} else {
		for i, c := range name {
			tail |= uint64(c) << (8 * i)
		}
	}
	return mix(mix(h^tail, k1), k0)
}

func mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}
