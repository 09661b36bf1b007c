package service

import "slices"

// An Opinions counts what customers said of the services of one type.
type Opinions struct {
	Type      int64
	Asked     int64 // answers about it
	Noticed   int64
	Unnoticed int64
	Helped    int64
	Partly    int64
	Unhelped  int64
	Pay       int64 // would pay for it, at least in part
	Unpay     int64
}

// fewestAnswers is how many answers say something about a type.
const fewestAnswers = 3

// Sure says whether there are enough answers to say anything.
func (o Opinions) Sure() bool { return o.Asked >= fewestAnswers }

// unseen says whether most of those who were asked did not notice the services, or
// say that they did not help.
func (o Opinions) unseen() bool {
	return o.Sure() && (2*o.Unnoticed > o.Asked || 2*o.Unhelped > o.Helped+o.Partly+o.Unhelped)
}

// Hidden returns the types of which much is given and little is seen (domain
// book, section 6): more minutes than the types that are given have in the
// middle, while most customers who were asked did not notice the services or say
// that they did not help. minutes and opinions are by type.
func Hidden(minutes map[int64]int64, opinions map[int64]Opinions) map[int64]bool {
	var given []int64
	for _, m := range minutes {
		if m > 0 {
			given = append(given, m)
		}
	}
	hidden := make(map[int64]bool)
	if len(given) == 0 {
		return hidden
	}
	slices.Sort(given)
	middle := given[(len(given)-1)/2]
	for id, m := range minutes {
		if m > 0 && m >= middle && opinions[id].unseen() {
			hidden[id] = true
		}
	}
	return hidden
}
