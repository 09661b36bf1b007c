package main

import (
	"io"
	"strconv"

	"quid/day"
)

// clvSummaryCmd turns purchases into histories.
type clvSummaryCmd struct {
	File    string  `arg:"" name:"EVENTS.csv" help:"A line for each purchase: customer, day, amount. - is stdin."`
	Holdout day.Day `name:"holdout" placeholder:"YYYY-MM-DD" help:"End the histories on the day, and add a column with the days bought on after it."`
	Gaps    bool    `name:"gaps" help:"Add a column with the sum of the logarithms of the times between purchases, for mbgcnbd."`
	purchaseFile
}

// Run prints the histories as CSV.
func (c *clvSummaryCmd) Run(s *session) error {
	lean()
	f, err := s.openFile(c.File)
	if err != nil {
		return err
	}
	defer f.Close()
	log, err := s.readLog(f, &c.purchaseFile, c.Holdout)
	if err != nil {
		return within(c.File, err)
	}
	header := "id,x,t_x,T"
	if log.HasAmount {
		header += ",spend"
	}
	if log.Holdout != nil && c.Holdout != 0 {
		header += ",holdout"
	}
	if c.Gaps {
		header += ",log_gaps"
	}
	if _, err := io.WriteString(s.out, header+"\n"); err != nil {
		return err
	}
	return writeRows(s.out, len(log.Histories), func(b []byte, i int) []byte {
		h := &log.Histories[i]
		b = appendCell(b, log.Customer(i))
		b = strconv.AppendInt(append(b, ','), int64(h.X), 10)
		b = appendNumber(append(b, ','), h.Tx)
		b = appendNumber(append(b, ','), h.T)
		if log.HasAmount {
			b = appendNumber(append(b, ','), h.Spend)
		}
		if log.Holdout != nil && c.Holdout != 0 {
			b = strconv.AppendInt(append(b, ','), int64(log.Holdout[i]), 10)
		}
		if c.Gaps {
			b = appendNumber(append(b, ','), h.LogGaps)
		}
		return append(b, '\n')
	})
}
