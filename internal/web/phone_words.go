package web

import "quid/internal/locale"

// phoneTexts are the texts of the phone page, which speaks by itself, also without
// network: both languages are part of its shell. A test compares them with what
// its source says.
var phoneTexts = []string{
	locale.Key("A name is spelled differently: please look."),
	locale.Key("A new version is being loaded"),
	locale.Key("Add a photo or PDF"),
	locale.Key("Another"),
	locale.Key("Background"),
	locale.Key("Book"),
	locale.Key("Book a service"),
	locale.Key("Book it as another one"),
	locale.Key("Booked from this phone"),
	locale.Key("Cancel"),
	locale.Key("Change it"),
	locale.Key("Choose a customer"),
	locale.Key("Choose a service"),
	locale.Key("Close"),
	locale.Key("Customer"),
	locale.Key("Dark"),
	locale.Key("Day"),
	locale.Key("File {n}"),
	locale.Key("File: {problem}"),
	locale.Key("How long did it take?"),
	locale.Key("How many?"),
	locale.Key("Import a file"),
	locale.Key("In one line"),
	locale.Key("In the book: {what}"),
	locale.Key("Install on this phone"),
	locale.Key("Keep it for later"),
	locale.Key("Keep what is booked"),
	locale.Key("Language and theme"),
	locale.Key("Leave it as it was"),
	locale.Key("Leave the file out"),
	locale.Key("Less"),
	locale.Key("Light"),
	locale.Key("Minutes"),
	locale.Key("Minutes, if you like"),
	locale.Key("More"),
	locale.Key("Needs a look: something is still open."),
	locale.Key("No network"),
	locale.Key("No network · {n} kept here"),
	locale.Key("Nobody is called so."),
	locale.Key("Not among the customers on this phone. Write it in the line: it is looked for when there is network."),
	locale.Key("One entry is not in the book yet"),
	locale.Key("Photo {n}"),
	locale.Key("Pieces"),
	locale.Key("Remove"),
	locale.Key("Remove photo {n}"),
	locale.Key("Save the change"),
	locale.Key("Search a name or number"),
	locale.Key("See it in the book"),
	locale.Key("Send again"),
	locale.Key("Service"),
	locale.Key("System"),
	locale.Key("The book did not take it."),
	locale.Key("The entry is booked; a file is not there yet."),
	locale.Key("The file is larger than 5 MB."),
	locale.Key("The photo is not on this phone any more."),
	locale.Key("The server has trouble; nothing is lost"),
	locale.Key("There are no customers yet. They come in by a file, best at a desk."),
	locale.Key("This is a paid service: it belongs on an invoice and can't be booked as free."),
	locale.Key("Throw away"),
	locale.Key("Throw this entry away? It is not in the book and can't be brought back."),
	locale.Key("To the other pages"),
	locale.Key("Today"),
	locale.Key("Waits for network."),
	locale.Key("Waits for network; then the line is read."),
	locale.Key("Which one is “{text}”?"),
	locale.Key("Which one?"),
	locale.Key("Yesterday"),
	locale.Key("You are changing an entry."),
	locale.Key("meier hotline 20m noisy pump"),
	locale.Key("{n} entries are not in the book yet"),
	locale.Key("{n} min"),
	locale.Key("{n} not in the book"),
	locale.Key("{n} pcs"),
}

// phoneDictionary are the texts by language and by English text.
func phoneDictionary() map[string]map[string]string {
	all := make(map[string]map[string]string)
	for _, l := range locale.Langs {
		if l == locale.English {
			continue // the English text is the key
		}
		all[string(l)] = make(map[string]string)
		for _, key := range phoneTexts {
			all[string(l)][key] = locale.For(string(l)).T(key)
		}
	}
	return all
}
