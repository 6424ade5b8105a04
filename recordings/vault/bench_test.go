package vault

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/zaf/g711"

	"hotline/recordings"
	"hotline/recordings/conformance"
)

// spoken is ten minutes of a talk by a machine's voice: each of two speaks while the other is silent but for a little noise, through a telephone network.
func spoken(b *testing.B, lawful bool) []byte {
	b.Helper()
	if _, err := exec.LookPath("espeak-ng"); err != nil {
		b.Skip(err)
	}
	wav := filepath.Join(b.TempDir(), "said.wav")
	text := "Good afternoon, this is the hotline. How may I help you? My washing machine does not spin any more, and the contract says that somebody comes within two days. Nobody has come, and nobody has called."
	if out, err := exec.Command("espeak-ng", "-w", wav, text).CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	said, err := os.ReadFile(wav)
	if err != nil {
		b.Fatal(err)
	}
	said = said[44:]
	sound, seed := make([]byte, 600*recordings.Rate*4), uint32(1)
	for i := 0; i < len(sound); i += 4 {
		n := i / 4
		var both [2]int16
		for c := range both {
			seed = seed*1664525 + 1013904223
			both[c] = int16(seed>>27) - 16
		}
		at := n * 22050 / recordings.Rate % (len(said) / 2)
		both[n/(7*recordings.Rate)%2] += int16(uint16(said[2*at])|uint16(said[2*at+1])<<8) / 2
		for c, v := range both {
			if lawful {
				v = g711.DecodeAlawFrame(g711.EncodeAlawFrame(v))
			}
			sound[i+2*c], sound[i+2*c+1] = byte(v), byte(uint16(v)>>8)
		}
	}
	return sound
}

// BenchmarkTalk tells what ten minutes of a talk cost: time to put and to read them, and bytes on disk of each minute. A WAV file has 1.92 MB of a minute.
func BenchmarkTalk(b *testing.B) {
	for name, lawful := range map[string]bool{"A-law": true, "wideband": false} {
		sound := spoken(b, lawful)
		v := open(b, b.TempDir(), newKeys(b))
		b.Run(name+"/put", func(b *testing.B) {
			b.SetBytes(int64(len(sound)))
			defer cpu(b)()
			for b.Loop() {
				m := conformance.Talk(time.Now())
				if _, err := v.Put(b.Context(), m, bytes.NewReader(sound)); err != nil {
					b.Fatal(err)
				}
				info, err := os.Stat(v.of(m.ID))
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(info.Size())/10, "bytes/min")
				if err := v.Delete(m.ID); err != nil {
					b.Fatal(err)
				}
			}
		})
		m := put(b, v, sound)
		b.Run(name+"/read", func(b *testing.B) {
			b.SetBytes(int64(len(sound)))
			defer cpu(b)()
			for b.Loop() {
				s, err := v.Open(m.ID)
				if err == nil {
					_, err = io.Copy(io.Discard, s)
					s.Close()
				}
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// cpu tells how much of a processor a minute of a talk takes, whatever else the machine does.
func cpu(b *testing.B) (over func()) {
	used := func() time.Duration {
		var u syscall.Rusage
		_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u) // it knows itself
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	before := used()
	return func() { b.ReportMetric(float64((used()-before).Milliseconds())/10/float64(b.N), "cpu-ms/min") }
}
