package softphone

import (
	"encoding/binary"
	"fmt"
	"io"
	"os"

	"github.com/emiago/diago/audio"
)

// SaveWAV writes sound to a file: 8 kHz, 16 bits, one channel.
func SaveWAV(path string, samples []int16) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := WriteWAV(f, samples); err != nil {
		f.Close()
		return fmt.Errorf("write %s: %w", path, err)
	}
	return f.Close()
}

// WriteWAV writes sound as 8 kHz, 16 bits, one channel.
func WriteWAV(w io.Writer, samples []int16) error {
	pcm := make([]byte, 0, 2*len(samples))
	for _, s := range samples {
		pcm = binary.LittleEndian.AppendUint16(pcm, uint16(s))
	}
	_, err := audio.WavWriteVoipPCM(w, pcm)
	return err
}

// LoadWAV reads a file of 8 kHz, 16 bits, one channel.
func LoadWAV(path string) ([]int16, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	samples, err := ReadWAV(f)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return samples, nil
}

// ReadWAV reads 8 kHz, 16 bits, one channel, and says what is wrong with anything else.
func ReadWAV(r io.Reader) ([]int16, error) {
	w := audio.NewWavReader(r)
	if err := w.ReadHeaders(); err != nil {
		return nil, fmt.Errorf("no WAV: %w", err)
	}
	if w.WavAudioFormat != audio.WavAudioFormatPCM || w.SampleRate != sampleRate || w.BitsPerSample != 16 || w.NumChannels != 1 {
		return nil, fmt.Errorf("WAV of format %d with %d Hz, %d bits, %d channels: wanted PCM (1) with 8000 Hz, 16 bits, 1 channel",
			w.WavAudioFormat, w.SampleRate, w.BitsPerSample, w.NumChannels)
	}
	pcm, err := io.ReadAll(io.LimitReader(w, int64(w.DataSize)))
	if err != nil {
		return nil, err
	}
	samples := make([]int16, len(pcm)/2)
	for i := range samples {
		samples[i] = int16(binary.LittleEndian.Uint16(pcm[2*i:]))
	}
	return samples, nil
}
