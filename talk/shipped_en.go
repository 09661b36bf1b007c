package talk

var shippedEN = []shippedText{
	{
		"research",
		"Our inside sales took work off {customer} {times}: searched, compared, obtained. That was {duration} your own people did not have to spend, worth {benefit}.",
		"Without this help your staff would look for spare parts, papers and alternatives themselves. We last did it on {last}.",
		[][2]string{
			{"Every supplier does that.", "Many take the question. We saw it through {times}. Who else did that for you lately, and how fast?"},
			{"We can do that ourselves.", "Certainly. It is {duration} of your people then. We gladly reckon with you what an hour costs in your house."},
		},
	},
	{
		"tips",
		"{customer} got technical advice {times} that went straight into production. By our reckoning it was worth {benefit} to you.",
		"Without this short way to our application engineers trials take longer, and tools and material go into tests that we spare you today.",
		[][2]string{
			{"It is all on the internet.", "Much of it is. Our advice was for your material and your machine, {times} in {period}."},
			{"We hardly need that any more.", "The last advice was on {last}. Let us look together at what of it you would solve alone today."},
		},
	},
	{
		"training",
		"We trained your people for {duration} without an invoice. A comparable course would have cost you {benefit}.",
		"Without our training you would send new staff elsewhere, or take experienced people off the machine to teach them.",
		[][2]string{
			{"Training is part of the purchase.", "The introduction is. We gave {duration} in {period} beyond it: new staff, refreshers, maintenance."},
			{"Then we train in house.", "Gladly, we give you the material. Who stops the machine for it then, and for how long?"},
		},
	},
	{
		"market-information",
		"{customer} received analyses of its own market {times}; they cannot be bought like this. Comparable reports cost {benefit}.",
		"Without these figures you lack the view of how busy your industry is before you quote yourself.",
		[][2]string{
			{"We do not even read it.", "Then we stop, and both of us save. Who gets the reports today, and what would be more useful?"},
			{"We get that from our association.", "The association shows the industry. Our analysis shows your product groups. Let us lay the two side by side."},
		},
	},
	{
		"order-changes",
		"We changed a running order for {customer} {times}, without a surcharge. The usual price would have been {benefit}.",
		"Without this freedom what is ordered holds: changes then cost a fee or wait for the next order.",
		[][2]string{
			{"Changes are part of the business.", "We see it that way too, so we did it {times}. Each change means new planning and new papers for us."},
			{"Competitors do not charge for it either.", "Not even just before dispatch? If we bring the number of changes down together, both of us gain."},
		},
	},
	{
		"commissioning",
		"We put your plant into operation and stayed until the first parts were good: {duration} on site, worth {benefit}.",
		"Without our people on site your production starts later, and running in would be yours.",
		[][2]string{
			{"That was in the price.", "Installation and acceptance were. What came after that, {duration}, was on no invoice."},
			{"A contractor does it for less.", "Perhaps. He does not know the machine and does not answer for the first parts. What does a day of delay cost you?"},
		},
	},
	{
		"hotline",
		"Whenever something stood still at {customer} we were there: {times}, {duration} in all, without a contract and without an invoice. That was worth {benefit} to you, not counting the standstill avoided.",
		"Without the free hotline there would be the way of a service order: with travel, with an appointment, and with the time the machine stands. The last case was on {last}.",
		[][2]string{
			{"Your machine should not fail in the first place.", "Agreed. A good part of such cases is about handling and tools. Let us put an end to the most frequent ones together."},
			{"A hotline is free everywhere today.", "That somebody answers, yes. With us you speak to the engineer who knows your plant. Do call elsewhere to compare."},
			{"Then we take a maintenance contract.", "That is a fair way. Then we talk about scope and price instead of a discount."},
		},
	},
	{
		"optimising",
		"We worked {duration} on your cycle time, your scrap and your set-up times. Reckoned with caution that was {benefit} for {customer}, and the effect stays.",
		"Without this work the plant stays where it is today. The next step would be a paid project.",
		[][2]string{
			{"We do not see the benefit.", "Then let us measure it: cycle time and scrap before and after. If our figure is wrong, we change it."},
			{"It was interesting for you as well.", "Yes, we learn from it. The time went into your line all the same, {duration} of it."},
		},
	},
	{
		"market-research",
		"We studied your market together for {duration}. An institute would have asked {benefit} for it.",
		"Without the joint work you would ask these questions alone, without our contacts to the users.",
		[][2]string{
			{"You use the results yourselves.", "That is what we agreed, and you have them first. Together it was cheaper for both."},
		},
	},
	{
		"joint-development",
		"With {customer} we develop before others know of it: {duration}, worth {benefit}. You have the solution earlier, and the way you need it.",
		"Without this cooperation you would get new versions with everybody else, and your wishes would be some among many.",
		[][2]string{
			{"We give you our know-how for it.", "That is why we bear our part ourselves. Both sides should see what the other brings: on ours {duration}."},
			{"Then we want rights in it.", "We gladly talk about that, in an agreement. It does not belong into the round on prices."},
		},
	},
}
