package deploy

// Silences are short sounds of silence that Asterisk needs beside the line's prompts, in each language: file → what is in it, raw signed samples of
// 16 bits. With them the ears of supervisors are brought to hear again (refresh in package telephony).
func Silences() map[string][]byte {
	const frames = 5 // of 20 ms
	return map[string][]byte{
		"silence16.sln16": make([]byte, frames*2*16000/50),
		"silence8.sln":    make([]byte, frames*2*8000/50),
	}
}
