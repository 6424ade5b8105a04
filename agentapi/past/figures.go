package past

import (
	"time"

	"hotline/queues/figures"
	"hotline/telephony/words"
	"hotline/tickets/reports"
)

// figure is one that history tells, with the rule by which it counts.
type figure struct {
	key         string
	title, rule words.Text
	unit        reports.Unit
	of          func(s *figures.Sums) (float64, bool) // not ok is no value, such as a share of nothing
	agentsOnly  bool
	target      float64 // that each subject has; 0 is none, or the queue's
}

func count(of func(s *figures.Sums) int) func(*figures.Sums) (float64, bool) {
	return func(s *figures.Sums) (float64, bool) { return float64(of(s)), true }
}

func long(of func(s *figures.Sums) time.Duration) func(*figures.Sums) (float64, bool) {
	return func(s *figures.Sums) (float64, bool) { return of(s).Seconds(), true }
}

func mean(of func(s *figures.Sums) (time.Duration, bool)) func(*figures.Sums) (float64, bool) {
	return func(s *figures.Sums) (float64, bool) {
		d, ok := of(s)
		return d.Seconds(), ok
	}
}

// shown are the figures in the order in which they are told.
var shown = []figure{
	{key: "offered", unit: reports.Count, title: both("Поступило", "Offered"), of: count(func(s *figures.Sums) int { return s.Offered }),
		rule: both("Вызовы, вошедшие в очередь, и перешедшие в неё из другой; у навыка — те, кому он был нужен; у оператора — сделанные ему предложения. Считаются в ту четверть часа, когда вошли.", "Requests that came into the queue, those that came by overflow among them; of a skill those that needed it; of an agent offers made to them. Each counts in the quarter of an hour in which it came.")},
	{key: "answered", unit: reports.Count, title: both("Отвечено", "Answered"), of: count(func(s *figures.Sums) int { return s.Answered }),
		rule: both("Вызовы, на которые ответил оператор, в ту четверть часа, когда ответил.", "Requests that an agent answered, in the quarter of an hour of the answer.")},
	{key: "service_level", unit: reports.Share, title: both("Уровень сервиса", "Service level"), of: (*figures.Sums).ServiceLevel,
		rule: both("Отвечено за время цели очереди ÷ (отвечено + потеряно − потеряно сразу). Обратные звонки и уход из очереди по правилу не влияют.", "Answered within the time of the queue’s target ÷ (answered + abandoned − short abandoned). Callbacks and overflow leave it untouched.")},
	{key: "abandoned", unit: reports.Count, title: both("Потеряно", "Abandoned"), of: count(func(s *figures.Sums) int { return s.Abandoned }),
		rule: both("Клиент ушёл из очереди раньше ответа, в том числе сразу.", "The caller left the queue before an answer, at once among them.")},
	{key: "short_abandoned", unit: reports.Count, title: both("Из них сразу", "Of them at once"), of: count(func(s *figures.Sums) int { return s.ShortAbandoned }),
		rule: both("Ушли раньше порога очереди: на уровень сервиса не влияют.", "Left before the queue’s threshold: they leave the service level untouched.")},
	{key: "asa", unit: reports.Seconds, title: both("Среднее ожидание", "Mean wait (ASA)"), of: mean((*figures.Sums).ASA),
		rule: both("Среднее ожидание тех, кому ответили, с прихода в первую очередь.", "The mean wait of the answered, since they came into the first queue.")},
	{key: "longest_wait", unit: reports.Seconds, title: both("Самое долгое ожидание", "Longest wait"), of: long(func(s *figures.Sums) time.Duration { return s.Longest }),
		rule: both("Из ожиданий, которые закончились, чем бы ни закончились; без обратных звонков.", "Of the waits that ended, in whatever way; without callbacks.")},
	{key: "overflowed", unit: reports.Count, title: both("Ушло по правилу", "Overflowed"), of: count(func(s *figures.Sums) int { return s.Overflowed }),
		rule: both("Ушли в другую очередь, на голосовую почту, номер или сообщение по правилу очереди.", "Left for another queue, voicemail, a number or a message by a rule of the queue.")},
	{key: "called_back", unit: reports.Count, title: both("Перезвонили", "Called back"), of: count(func(s *figures.Sums) int { return s.CalledBack }),
		rule: both("Обратные звонки, которые достигли клиента.", "Callbacks that reached the caller.")},
	{key: "missed", unit: reports.Count, title: both("Не ответили", "Missed offers"), of: count(func(s *figures.Sums) int { return s.Missed }),
		rule: both("Предложения, на которые оператор не ответил в срок.", "Offers that the agent did not answer in time.")},
	{key: "declined", unit: reports.Count, title: both("Отклонили", "Declined offers"), of: count(func(s *figures.Sums) int { return s.Declined }),
		rule: both("Предложения, которые оператор отклонил.", "Offers that the agent declined.")},
	{key: "handled", unit: reports.Count, title: both("Обработано", "Handled"), of: count(func(s *figures.Sums) int { return s.Handled }),
		rule: both("Вызовы, обработка которых закончилась: каждый целиком в четверти часа, где закончился.", "Calls whose handling ended: each counts whole in the quarter of an hour in which it ended.")},
	{key: "aht", unit: reports.Seconds, title: both("Время обработки", "Handling time (AHT)"), of: mean((*figures.Sums).AHT),
		rule: both("(разговор + удержание + завершение) ÷ обработано.", "(talk + hold + wrap-up) ÷ handled.")},
	{key: "talk", unit: reports.Seconds, title: both("Разговор", "Talk"), of: part(0), rule: both("Средний разговор обработанного вызова, без удержания.", "The mean talk of a handled call, without hold.")},
	{key: "hold", unit: reports.Seconds, title: both("Удержание", "Hold"), of: part(1), rule: both("Среднее удержание обработанного вызова.", "The mean hold of a handled call.")},
	{key: "wrap_up", unit: reports.Seconds, title: both("Завершение", "Wrap-up"), of: part(2), rule: both("Среднее завершение обработанного вызова.", "The mean wrap-up of a handled call.")},
	{key: "occupancy", unit: reports.Share, title: both("Загрузка", "Occupancy"), of: (*figures.Sums).Occupancy,
		rule: both("Занято ÷ (занято + готово).", "Busy ÷ (busy + ready).")},
	{key: "ready", unit: reports.Seconds, title: both("Готовы", "Ready"), of: long(func(s *figures.Sums) time.Duration { return s.Ready }),
		rule: both("Время без вызова или со звонком телефона. У очереди и навыка — всех, кто может их обслужить.", "Time without a call, or while the phone rings. Of a queue or a skill: of all who can serve it.")},
	{key: "busy", unit: reports.Seconds, title: both("Заняты", "Busy"), of: long(func(s *figures.Sums) time.Duration { return s.Busy }),
		rule: both("Разговор, удержание и завершение, в той четверти часа, где они шли.", "Talking, on hold, wrapping up, in the quarter of an hour in which it was.")},
	{key: "not_ready", unit: reports.Seconds, agentsOnly: true, title: both("Не готовы", "Not ready"), of: long(func(s *figures.Sums) time.Duration { all, _ := s.NotReady(); return all }),
		rule: both("Время с причиной, по всем причинам.", "Time with a reason, all reasons together.")},
	{key: "overdue", unit: reports.Seconds, agentsOnly: true, title: both("Из них сверх нормы", "Of it overdue"), of: long(func(s *figures.Sums) time.Duration { _, over := s.NotReady(); return over }),
		rule: both("Дольше, чем разрешает причина.", "Longer than the reason allows.")},
	{key: "calls_made", unit: reports.Count, agentsOnly: true, title: both("Исходящие звонки", "Calls made"), of: count(func(s *figures.Sums) int { return s.CallsMade }),
		rule: both("Звонки, которые оператор начал сам, и те, где не ответил его собственный телефон; без обратных. Каждый целиком в четверти часа, где закончился; в другие числа обработки не входят.", "Calls that the agent began, those among them in which their own phone did not answer; without callbacks. Each counts whole in the quarter of an hour in which it ended, and is in no other figure of handling.")},
	{key: "calls_answered", unit: reports.Count, agentsOnly: true, title: both("Из них с ответом", "Of them answered"), of: count(func(s *figures.Sums) int { return s.CallsAnswered }),
		rule: both("Те, где клиент ответил, в ту четверть часа, когда закончился разговор.", "Those in which the customer answered, in the quarter of an hour in which the talk ended.")},
	{key: "calls_talk", unit: reports.Seconds, agentsOnly: true, title: both("Разговор в исходящих", "Talk in calls made"), of: long(func(s *figures.Sums) time.Duration { return s.CallsTalk }),
		rule: both("Всё время разговора с клиентом в исходящих звонках, без гудков и удержания: каждый целиком в четверти часа, где закончился.", "All the time of talk with the customer in calls made, without ringing and hold: each counts whole in the quarter of an hour in which it ended.")},
	{key: "in_range_share", unit: reports.Share, target: 0.8, title: both("Прогноз сбылся", "Forecast held"), of: (*figures.Sums).InRangeShare,
		rule: both("Доля ожиданий, которые закончились в объявленных пределах; обещано 80 %.", "The share of announced waits that ended within the range; 80 % is promised.")},
}

// part is one of the three parts of the handling time.
func part(i int) func(*figures.Sums) (float64, bool) {
	return func(s *figures.Sums) (float64, bool) {
		talk, hold, wrapUp, ok := s.Handling()
		return []time.Duration{talk, hold, wrapUp}[i].Seconds(), ok
	}
}

func both(ru, en string) words.Text { return words.Text{"ru": ru, "en": en} }

// figuresOf are those that are told of a kind.
func figuresOf(kind figures.SubjectKind) (all []figure) {
	for _, f := range shown {
		if !f.agentsOnly || kind == figures.OfAgent {
			all = append(all, f)
		}
	}
	return all
}

// values are the figures of sums, in order; nil is no value.
func values(of []figure, s *figures.Sums) []*float64 {
	all := make([]*float64, len(of))
	for i, f := range of {
		if v, ok := f.of(s); ok {
			all[i] = &v
		}
	}
	return all
}
