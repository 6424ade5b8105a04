package words

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"hotline/queues"
	"hotline/telephony/words"
)

func russian(r Record, n Names) string {
	f := r.Facts
	who := n.Agent(r.Agent) + ": "
	queue := func(id queues.QueueID) string { return "«" + n.Queue(id, "ru") + "»" }
	rule := ""
	if f.Because > 0 {
		rule = fmt.Sprintf(" (правило %d)", f.Because)
	}
	after := " после " + russianTime(f.WaitedMS) + " ожидания" + rule
	if f.By != "" {
		after += ", решение: " + n.Person(f.By)
	}
	switch r.Kind {
	case WasOffered:
		return who + russianWhy(f, n)
	case WasAnswered:
		return who + "разговор начат после " + russianTime(f.WaitedMS) + " ожидания"
	case WasMissed:
		return who + "нет ответа за " + russianTime(f.RangMS)
	case WasDeclined:
		if f.Failure != "" {
			return who + failureIn("ru", f.Failure)
		}
		return who + "отказ от звонка"
	case WasRevoked:
		return who + "звонок снят, клиент или рабочее место больше не на связи"
	case HasFailed:
		return who + failureIn("ru", f.Failure)
	case WasDropped:
		return who + "телефон ответил и сразу разъединился; место клиента в очереди сохранено"
	case WasTaken:
		return who + "на связи, набираем клиента"
	case WasMoved:
		return "Из очереди " + queue(r.Queue) + " в очередь " + queue(f.ToQueue) + after
	case WasPutFirst:
		return "В начало очереди " + queue(r.Queue) + after
	case WasLed:
		return who + "звонок отдан этому оператору" + after
	case CallbackWasOffered:
		return "Клиенту предложен обратный звонок" + after
	case CallbackWaiting:
		switch {
		case f.Tried > 0:
			return fmt.Sprintf("Обратный звонок: попыток без ответа %d, следующая через %s", f.Tried, russianTime(f.AgainMS))
		case f.AgainMS > 0:
			return "Клиент ждёт обратного звонка, место в очереди сохранено; звоним не раньше чем через " + russianTime(f.AgainMS)
		}
		return "Клиент ждёт обратного звонка, место в очереди сохранено"
	case WasAbandoned:
		switch {
		case f.Callback:
			return "Обратный звонок больше не нужен"
		case f.Short:
			return "Клиент положил трубку через " + russianTime(f.WaitedMS) + ", раньше порога"
		}
		return "Клиент не дождался ответа за " + russianTime(f.WaitedMS)
	case WasOverflowed:
		closed := ""
		if f.By != "" {
			closed = ": очередь закрыта,"
		}
		number := "Звонок передан на внешний номер"
		if f.ToNumber != "" {
			number = "Звонок передан на номер " + f.ToNumber
		}
		return map[queues.DestinationKind]string{
			queues.ToVoicemail: "Звонок передан на голосовую почту", queues.ToNumber: number,
			queues.ToMessage: "Звонок завершён сообщением", queues.ToQueue: "Звонок передан в другую очередь", queues.ToCallback: "Звонок заменён обратным",
			queues.ToFront: "Звонок передан в начало очереди", queues.ToAgent: "Звонок отдан оператору",
		}[f.To] + closed + after
	case WasCalledBack:
		if r.Agent == "" {
			return "Обратный звонок состоялся"
		}
		return who + "обратный звонок состоялся"
	case WasNotReached:
		return "Дозвониться до клиента не удалось, попыток больше нет"
	case HasCalledIn:
		return "Клиент позвонил раньше обратного звонка, место в очереди сохранено"
	case WasLost:
		return "Звонок оборвался по нашей вине через " + russianTime(f.WaitedMS) + ", и перезвонить некуда"
	case HasRegained:
		return "Место в очереди от прошлого звонка клиента сохранено"
	case CallsBack:
		return who + "звонок тому, кто просил перезвонить"
	case WasHeld:
		return "Клиент на удержании"
	case WasResumed:
		return "Клиент снят с удержания"
	case TalkIsOver:
		return "Разговор окончен"
	default: // kept by another version of the program
		return who + string(r.Kind)
	}
}

func russianWhy(f Facts, n Names) string {
	var b strings.Builder
	of := fmt.Sprintf(" из %d %s", f.Candidates, suitable.In("ru", f.Candidates))
	switch f.Rule {
	case queues.OnlyCandidate:
		others := f.Excluded+f.Busy+f.NotReady > 0
		b.WriteString(map[bool]string{true: "других свободных нет", false: "больше никто не подходит"}[others])
	case queues.LongestIdle:
		b.WriteString("дольше всех без звонка (" + russianTime(f.IdleMS) + ")" + of)
	case queues.MostSkilled:
		b.WriteString("самый высокий уровень навыков" + of)
	case queues.LeastOccupied:
		b.WriteString("наименьшая загрузка за последний час" + of)
	case queues.SpareSpecialist:
		b.WriteString("меньше всего навыков для других звонков" + of + ", остальных бережём для них")
	case queues.Preferred:
		b.WriteString("уже работает с этим клиентом (заявка или прошлый разговор)")
	case queues.Led:
		b.WriteString("звонок отдан этому оператору по решению супервизора")
		if f.By != "" {
			b.WriteString(" (" + n.Person(f.By) + ")")
		}
		return b.String()
	case queues.Consulted:
		b.WriteString("коллега советуется с ним посреди разговора")
	case queues.AllDeclined:
		b.WriteString("все, кто мог взять звонок, отказались или не ответили, и выбор начат заново")
	default: // kept by another version of the program
		b.WriteString(string(f.Rule))
	}
	if f.RunnerUp != "" {
		b.WriteString(", следом " + n.Agent(f.RunnerUp))
	}
	if len(f.Declined) > 0 {
		b.WriteString("; отказ, пропуск или передача раньше: " + listed(f.Declined, n))
	}
	if f.Failing > 0 && f.Failing < f.Candidates {
		fmt.Fprintf(&b, "; с неисправным телефоном, после остальных: %d", f.Failing)
	}
	b.WriteString(others(f, n, "занято %d", "не готово %d", "без нужных навыков %d"))
	switch {
	case f.Relaxed > 0 && f.Early:
		fmt.Fprintf(&b, "; никто на смене не мог взять звонок, поэтому требования смягчены (шаг %d)", f.Relaxed)
	case f.Relaxed > 0:
		fmt.Fprintf(&b, "; после %s ожидания требования смягчены (шаг %d)", russianTime(cmp.Or(f.RelaxedMS, f.WaitedMS)), f.Relaxed)
	}
	return b.String()
}

func russianStanding(c queues.Consideration, n Names) string {
	switch c.Standing {
	case queues.HasIt:
		return "звонок предложен сейчас"
	case queues.LacksSkills:
		return "не хватает навыков: " + lacking(c, n, "ru", "один из ", " (срок истёк)")
	case queues.Away:
		if c.Reason == "" {
			return "не принимает звонки"
		}
		return "не принимает звонки (" + reasonIn("ru", c.Reason) + ")"
	case queues.Unreachable:
		return "телефон недоступен"
	case queues.DeskGone:
		return "страница закрыта, ждём её несколько секунд"
	case queues.Occupied:
		switch c.Activity {
		case queues.Ringing:
			return "предложен другой звонок"
		case queues.Talking:
			return "разговор с другим клиентом"
		case queues.OnHold:
			return "другой клиент на удержании"
		case queues.Consulting:
			return "советуется с коллегой"
		case queues.WrapUp:
			return "оформление прошлого звонка"
		default:
			panic("words: occupied by " + c.Activity)
		}
	case queues.HasDeclined:
		return "отказ, пропуск или передача этого звонка: сначала спросим других, или предложим снова через несколько секунд"
	case queues.NotPreferred:
		return "звонок пока ждёт знакомого оператора"
	case queues.NotLedTo:
		return "звонок отдан другому оператору и пока ждёт его"
	case queues.KeptFree:
		return "в резерве для других звонков"
	case queues.Free:
		return fmt.Sprintf("может взять звонок, по порядку %d", c.Rank)
	default:
		panic("words: unknown standing " + c.Standing)
	}
}

func russianTime(ms int64) string { return words.About("ru", time.Duration(ms)*time.Millisecond) }

// suitable goes by a number after "из", in the genitive, which knows only two forms.
var suitable = words.Forms{One: "подходящего", Few: "подходящих", Many: "подходящих"}
