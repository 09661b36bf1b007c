// Command clv measures the prediction of what customers will buy, from a file of
// purchases to a forecast for each of them, in one run on one machine:
//
//	go run ./bench/clv -customers 10000,100000,1000000
//
// The file is made first, seeded: about seven purchases a customer in three
// years, in the order of time, as shops write them. Then each row is measured in
// turn: a plain pass over the bytes of the file on one goroutine (the floor of
// all reading), reading and summary, grouping, the fits with standard errors,
// predictions, and the whole command quid clv predict in a process of its own,
// with what it writes and the peak of its memory.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"quid/clv"
	"quid/internal/events"
)

func main() {
	customers := flag.String("customers", "10000,100000,1000000", "how many, one run for each")
	folder := flag.String("dir", filepath.Join(os.TempDir(), "quid-bench-clv"), "where the files are made and kept")
	rounds := flag.Int("rounds", 3, "how often each row is measured; the median counts")
	whole := flag.String("whole", "", "what a child does: run this quid on the file -of, and say what it used")
	of := flag.String("of", "", "see -whole")
	flag.Parse()
	if *whole != "" {
		if err := runWhole(*whole, *of, filepath.Join(*folder, "forecast.csv")); err != nil {
			fmt.Fprintln(os.Stderr, "clv:", err)
			os.Exit(1)
		}
		return
	}
	if err := run(*customers, *folder, *rounds); err != nil {
		fmt.Fprintln(os.Stderr, "clv:", err)
		os.Exit(1)
	}
}

func run(sizes, folder string, rounds int) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	quid := filepath.Join(folder, "quid")
	build := exec.Command("go", "build", "-o", quid, "./cmd/quid")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("build quid, run this in its repository: %w", err)
	}
	for size := range strings.SplitSeq(sizes, ",") {
		n, err := strconv.Atoi(size)
		if err != nil {
			return err
		}
		if err := measure(folder, quid, n, rounds); err != nil {
			return fmt.Errorf("%d customers: %w", n, err)
		}
	}
	return nil
}

// A row is something that is measured: seconds of the clock and of all cores.
type row struct {
	name       string
	do         func() error
	wall, used []float64
}

func median(times []float64) float64 {
	slices.Sort(times)
	return times[len(times)/2]
}

// cpu returns the seconds of all cores that this process has used.
func cpu() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

// measure prints the table of one size.
func measure(folder, quid string, n, rounds int) error {
	path := filepath.Join(folder, fmt.Sprintf("purchases-%d.csv", n))
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		if err := makeLog(path, n); err != nil {
			return err
		}
	}
	debug.SetGCPercent(50)
	var (
		log   *events.Log
		cells clv.Cells
		lines int
		size  int64
		use   command
	)
	var pareto clv.ParetoNBD
	week := clv.Watch{Unit: clv.Weeks}
	rows := []*row{
		{name: "plain pass over the bytes", do: func() (err error) { lines, size, err = pass(path); return err }},
		{name: "reading and summary", do: func() (err error) { log, err = read(path, events.Options{Watch: week}); return err }},
		{name: "the same on one goroutine", do: func() (err error) { log, err = read(path, events.Options{Watch: week, Workers: 1}); return err }},
		{name: "grouping", do: func() (err error) { cells, err = clv.Group(watched(log.Histories)); return err }},
		{name: "Gamma-Gamma", do: func() (err error) { _, _, err = clv.FitGammaGamma(log.Histories, clv.Options{}); return err }},
		{name: "BG/NBD", do: func() (err error) { _, _, err = clv.FitBGNBD(cells, clv.Options{}); return err }},
		{name: "MBG/NBD", do: func() (err error) { _, _, err = clv.FitMBGNBD(cells, clv.Options{}); return err }},
		{name: "Pareto/NBD", do: func() (err error) { pareto, _, err = clv.FitParetoNBD(cells, clv.Options{}); return err }},
		{name: "predictions of Pareto/NBD", do: func() error {
			clv.Predict(pareto, cells, clv.Ahead{Horizon: 52, Rate: clv.Rate(0.08).PerUnit(clv.Weeks.PerYear())})
			return nil
		}},
		{name: "quid clv predict, whole", do: func() error { return use.run(quid, path, folder) }},
	}
	for range rounds {
		for _, r := range rows {
			runtime.GC()
			begin, before := time.Now(), cpu()
			if err := r.do(); err != nil {
				return fmt.Errorf("%s: %w", r.name, err)
			}
			r.wall, r.used = append(r.wall, time.Since(begin).Seconds()), append(r.used, cpu()-before)
		}
	}
	fmt.Printf("%d customers, %d purchases, %d MB, %d different histories\n", len(log.Histories), lines-1, size>>20, len(cells))
	rows[len(rows)-1].used = use.cpu
	floor := median(rows[0].used)
	for _, r := range rows {
		wall, used := median(r.wall), median(r.used)
		fmt.Printf("%-28s %8.4f s, CPU %8.4f s = %6.1f passes, %6.0f ns a customer\n", r.name, wall, used, used/floor, used/float64(n)*1e9)
	}
	fmt.Printf("%-28s %8.0f MB\n\n", "memory of the whole", use.peak/1e6)
	return nil
}

// watched are the customers who were seen for any time.
func watched(histories []clv.History) []clv.History {
	return slices.DeleteFunc(slices.Clone(histories), func(h clv.History) bool { return h.T == 0 })
}

// pass reads a file as fast as one goroutine can count its lines.
func pass(path string) (lines int, size int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, 0, err
	}
	defer f.Close()
	buf := make([]byte, 1<<20)
	for {
		n, err := f.Read(buf)
		lines += bytes.Count(buf[:n], []byte{'\n'})
		size += int64(n)
		if errors.Is(err, io.EOF) {
			return lines, size, nil
		}
		if err != nil {
			return 0, 0, err
		}
	}
}

func read(path string, o events.Options) (*events.Log, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return events.Read(f, o)
}

// A command is what the runs of quid used.
type command struct {
	cpu  []float64
	peak float64 // bytes
}

// run lets a child run the command: what the kernel calls the peak of a process
// begins with that of the one that started it, and this one is large.
func (c *command) run(quid, path, folder string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	out, err := exec.Command(self, "-whole", quid, "-of", path, "-dir", folder).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	var cpu, peak float64
	if _, err := fmt.Sscan(string(out), &cpu, &peak); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	c.cpu = append(c.cpu, cpu)
	c.peak = max(c.peak, peak)
	return nil
}

// runWhole runs quid and prints the seconds of all cores and the bytes it used.
func runWhole(quid, path, out string) error {
	cmd := exec.Command(quid, "clv", "predict", path, "--model", "paretonbd", "--horizon", "52w", "--discount", "0.08", "--out", out)
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, text)
	}
	u, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return errors.New("this system does not say what a process used")
	}
	_, err := fmt.Println(cmd.ProcessState.UserTime().Seconds()+cmd.ProcessState.SystemTime().Seconds(), u.Maxrss*1024)
	return err
}
