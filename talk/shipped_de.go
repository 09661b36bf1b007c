package talk

var shippedDE = []shippedText{
	{
		"research",
		"Unser Innendienst hat {customer} {times} Arbeit abgenommen: gesucht, verglichen, beschafft. Ihren eigenen Leuten blieb damit {duration} Arbeit erspart – im Wert von {benefit}.",
		"Ohne diese Hilfe müssten Ihre Mitarbeiter Ersatzteile, Unterlagen und Alternativen selbst suchen. Zuletzt haben wir das am {last} übernommen.",
		[][2]string{
			{"Das macht doch jeder Lieferant.", "Viele nehmen die Anfrage an. Wir haben sie {times} zu Ende gebracht. Wer hat das zuletzt sonst für Sie getan, und wie schnell?"},
			{"Das können wir auch selbst.", "Sicher. Es kostet Ihre Leute dann {duration}. Wir rechnen Ihnen gern vor, was eine Stunde bei Ihnen kostet."},
		},
	},
	{
		"tips",
		"{customer} hat {times} einen technischen Rat bekommen, der sofort in die Fertigung ging. Das war Ihnen nach unserer Rechnung {benefit} wert.",
		"Ohne diesen kurzen Weg zur Anwendungstechnik dauern Versuche länger, und Werkzeug und Material gehen für Proben drauf, die wir Ihnen heute ersparen.",
		[][2]string{
			{"Das steht alles im Internet.", "Vieles ja. Unser Rat galt Ihrem Werkstoff und Ihrer Maschine, {times} im Zeitraum {period}."},
			{"Wir brauchen das kaum noch.", "Der letzte Rat war am {last}. Lassen Sie uns gemeinsam ansehen, was davon Sie heute allein lösen würden."},
		},
	},
	{
		"training",
		"Wir haben Ihre Leute {duration} geschult, ohne Rechnung. Ein vergleichbares Seminar hätte Sie {benefit} gekostet.",
		"Ohne Schulungen bei uns müssten Sie neue Mitarbeiter auswärts anlernen lassen oder erfahrene Leute dafür von der Maschine nehmen.",
		[][2]string{
			{"Schulung gehört zum Kauf.", "Die Einweisung ja. Darüber hinaus haben wir im Zeitraum {period} noch {duration} geschult: neue Mitarbeiter, Auffrischung, Instandhaltung."},
			{"Dann schulen wir intern.", "Gern, wir geben Ihnen die Unterlagen. Wer hält dann bei Ihnen die Maschine an, und wie lange?"},
		},
	},
	{
		"market-information",
		"{customer} hat {times} Auswertungen zum eigenen Markt bekommen, die es so nicht zu kaufen gibt. Vergleichbare Berichte kosten {benefit}.",
		"Ohne diese Zahlen fehlt Ihnen der Blick auf die Auslastung Ihrer Branche, bevor Sie selbst anbieten.",
		[][2]string{
			{"Das lesen wir gar nicht.", "Dann lassen wir es und sparen beide. Wer im Haus bekommt die Berichte heute, und was wäre nützlicher?"},
			{"Das bekommen wir vom Verband.", "Der Verband zeigt die Branche. Unsere Auswertung zeigt Ihre Warengruppen. Legen wir beide nebeneinander."},
		},
	},
	{
		"order-changes",
		"Wir haben {times} einen laufenden Auftrag für {customer} geändert, ohne Aufpreis. Üblich wären dafür {benefit} gewesen.",
		"Ohne diese Freiheit gilt, was bestellt ist: Änderungen kosten dann eine Gebühr oder warten auf den nächsten Auftrag.",
		[][2]string{
			{"Änderungen gehören zum Geschäft.", "Das sehen wir auch so, deshalb haben wir es {times} gemacht. Jede Änderung bedeutet bei uns neue Planung und neue Papiere."},
			{"Der Wettbewerb nimmt dafür auch nichts.", "Auch nicht kurz vor dem Versand? Wenn wir die Zahl der Änderungen gemeinsam senken, haben wir beide etwas davon."},
		},
	},
	{
		"commissioning",
		"Wir haben Ihre Anlage in Betrieb genommen und sind geblieben, bis die ersten Teile gut waren: {duration} vor Ort, im Wert von {benefit}.",
		"Ohne unsere Leute vor Ort beginnt Ihre Produktion später, und das Einfahren läge bei Ihnen.",
		[][2]string{
			{"Das war im Preis.", "Aufstellen und Abnahme ja. Was danach kam, {duration}, stand in keiner Rechnung."},
			{"Das macht uns ein Dienstleister billiger.", "Möglich. Er kennt die Maschine nicht und haftet nicht für die ersten Teile. Was kostet Sie ein Tag Verzug?"},
		},
	},
	{
		"hotline",
		"Wenn bei {customer} etwas stand, waren wir da: {times}, zusammen {duration}, ohne Vertrag und ohne Rechnung. Das war Ihnen {benefit} wert – den vermiedenen Stillstand nicht gerechnet.",
		"Ohne die freie Hotline bliebe der Weg über einen Serviceauftrag: mit Anfahrt, mit Termin und mit der Zeit, in der die Maschine steht. Der letzte Fall war am {last}.",
		[][2]string{
			{"Ihre Maschine soll gar nicht erst ausfallen.", "Einverstanden. Ein großer Teil solcher Fälle betrifft Bedienung und Werkzeug. Lassen Sie uns die häufigsten gemeinsam abstellen."},
			{"Hotline ist heute überall kostenlos.", "Dass jemand abhebt, ja. Bei uns spricht der Techniker, der Ihre Anlage kennt. Rufen Sie gern einmal zum Vergleich anderswo an."},
			{"Dann schließen wir eben einen Wartungsvertrag ab.", "Das ist ein fairer Weg. Dann reden wir über Umfang und Preis statt über Rabatt."},
		},
	},
	{
		"optimising",
		"Wir haben {duration} an Ihrer Taktzeit, Ihrem Ausschuss und Ihren Rüstzeiten gearbeitet. Nach vorsichtiger Rechnung waren das {benefit} für {customer}, und die Wirkung bleibt.",
		"Ohne diese Arbeit bleibt die Anlage auf dem Stand von heute. Der nächste Schritt wäre ein bezahltes Projekt.",
		[][2]string{
			{"Den Nutzen sehen wir nicht.", "Dann messen wir ihn: Taktzeit und Ausschuss vorher und nachher. Stimmt unsere Zahl nicht, ändern wir sie."},
			{"Das war auch für Sie interessant.", "Ja, wir lernen dabei. Die Zeit kam trotzdem Ihrer Linie zugute, {duration} davon."},
		},
	},
	{
		"market-research",
		"Wir haben gemeinsam Ihren Markt untersucht, {duration} lang. Ein Institut hätte dafür {benefit} verlangt.",
		"Ohne die gemeinsame Arbeit müssten Sie die Fragen allein stellen, ohne unsere Kontakte zu den Anwendern.",
		[][2]string{
			{"Die Ergebnisse nutzen Sie doch selbst.", "Das haben wir so verabredet, und Sie haben sie zuerst. Gemeinsam war es für beide billiger."},
		},
	},
	{
		"joint-development",
		"Mit {customer} entwickeln wir, bevor andere davon wissen: {duration}, im Wert von {benefit}. Sie haben die Lösung früher und so, wie Sie sie brauchen.",
		"Ohne diese Zusammenarbeit bekämen Sie neue Ausführungen mit allen anderen, und Ihre Wünsche wären einer von vielen.",
		[][2]string{
			{"Dafür geben wir Ihnen unser Wissen.", "Genau deshalb tragen wir unseren Teil selbst. Beide Seiten sollen sehen, was der andere einbringt: bei uns {duration}."},
			{"Dann wollen wir Rechte daran.", "Darüber reden wir gern, in einer Vereinbarung. Sie gehört aber nicht in die Preisrunde."},
		},
	},
}
