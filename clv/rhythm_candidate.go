package clv

// addRhythm adds the model of customers who buy in a rhythm where the histories
// tell how regular they are.
func (c *Choice) addRhythm([]History, ChoiceOptions) {}
