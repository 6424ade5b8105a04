package customers

import "strings"

// What is looked for and what is stored meet in Latin letters: whatever somebody was written down in, they are found by Cyrillic and Latin
// letters, large and small, with ё or е. The database folds in the same way (customer_letters and customer_folded in deploy/schema/021_customers.sql),
// and a test compares the two. Letters of other scripts stay as they are.

// letters are what stands for a letter that is not a small Latin one.
var letters = func() map[rune]string {
	m := map[rune]string{
		'ж': "zh", 'х': "kh", 'ц': "ts", 'ч': "ch", 'ш': "sh", 'щ': "shch", 'ю': "yu", 'я': "ya", 'Ж': "zh", 'Х': "kh", 'Ц': "ts", 'Ч': "ch", 'Ш': "sh",
		'Щ': "shch", 'Ю': "yu", 'Я': "ya", 'æ': "ae", 'Æ': "ae", 'ß': "ss", 'ẞ': "ss",
	}
	for _, r := range "ЪЬъь'’‘`´" {
		m[r] = ""
	}
	for _, r := range "«»„“”–—−…№§°·•\u00a0" {
		m[r] = " "
	}
	for _, same := range [][2]string{
		{"ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz"},
		{"АБВГДЕЁЗИЙКЛМНОПРСТУФЫЭабвгдеёзийклмнопрстуфыэ", "abvgdeeziyklmnoprstufyeabvgdeeziyklmnoprstufye"},
		{"ІЇЄҐЎіїєґўӘҒҚҢӨҰҮҺәғқңөұүһ", "iiegyiiegyagqnouuhagqnouuh"},
		{"ÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜÝ", "aaaaaaceeeeiiiinoooooouuuuy"},
		{"àáâãäåçèéêëìíîïñòóôõöøùúûüýÿ", "aaaaaaceeeeiiiinoooooouuuuyy"},
		{"ĄĆĘŁŃŚŹŻąćęłńśźżČĎĚŇŘŠŤŮŽčďěňřšťůžĞİŞğış", "acelnszzacelnszzcdenrstuzcdenrstuzgisgis"},
	} {
		to := []rune(same[1])
		for i, from := range []rune(same[0]) {
			m[from] = string(to[i])
		}
	}
	return m
}()

// apart is what stands between words.
const apart = "!\"#$%&()*+,-./:;<=>?@[\\]^_{|}~\t\n\r\f\v "

// Letters is a text in small Latin letters, as far as these can stand for what it is written in.
func Letters(written string) string {
	var b strings.Builder
	for _, r := range written {
		if latin, is := letters[r]; is {
			b.WriteString(latin)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// Words are the words of a text in Latin letters.
func Words(written string) []string {
	return strings.FieldsFunc(Letters(written), func(r rune) bool { return strings.ContainsRune(apart, r) })
}

// The keys of two keyboards, in the same order.
const (
	latinKeys    = "`qwertyuiop[]asdfghjkl;'zxcvbnm,.~QWERTYUIOP{}ASDFGHJKL:\"ZXCVBNM<>"
	cyrillicKeys = "ёйцукенгшщзхъфывапролджэячсмитьбюЁЙЦУКЕНГШЩЗХЪФЫВАПРОЛДЖЭЯЧСМИТЬБЮ"
)

var otherKey = func() map[rune]rune {
	m := map[rune]rune{}
	cyrillic := []rune(cyrillicKeys)
	for i, r := range []rune(latinKeys) {
		m[r], m[cyrillic[i]] = cyrillic[i], r
	}
	return m
}()

// OtherLayout is what the same keys write on the other of a Russian and a Latin keyboard: "bdfyjd" is "иванов".
func OtherLayout(typed string) string {
	return strings.Map(func(r rune) rune {
		if other, is := otherKey[r]; is {
			return other
		}
		return r
	}, typed)
}
