package casefile

import (
	"hotline/telephony/words"
)

// Word is a word of ours with what people read for it. What has none is read as its code.
func Word(of, code string) Term { return Term{Code: code, Shown: read[of][code]} }

func both(ru, en string) words.Text { return words.Text{"ru": ru, "en": en} }

// read is what people read, by what it is a word of.
var read = map[string]map[string]words.Text{
	"phase": {
		"new": both("новое", "new"), "open": both("открыто", "open"), "in_work": both("в работе", "in work"), "waiting": both("ожидает", "waiting"),
		"solved": both("решено, ждёт подтверждения", "solved, awaits confirmation"), "closed": both("закрыто", "closed"),
	},
	"awaits": {"customer": both("клиента", "the customer"), "vendor": both("поставщика", "a vendor"), "date": both("назначенной даты", "an agreed date")},
	"class": {
		"information": both("справка", "information"), "personal": both("личный вопрос", "personal"), "claim": both("претензия", "claim"),
		"complaint": both("жалоба", "complaint"), "outage": both("авария", "outage"),
	},
	"priority": {"1": both("срочно", "urgent"), "2": both("высокий", "high"), "3": both("обычный", "usual"), "4": both("низкий", "low")},
	"party": {
		"customer": both("клиент", "customer"), "first_line": both("первая линия", "first line"), "department": both("отдел", "department"),
		"vendor": both("поставщик", "vendor"), "scheduled": both("назначенная дата", "agreed date"),
	},
	"clock": {"reaction": both("реакция", "reaction"), "resolution": both("решение", "resolution"), "department": both("срок отдела", "department")},
	"promise": {
		"open": both("обещано", "promised"), "kept": both("выполнено", "kept"), "broken": both("нарушено", "broken"), "withdrawn": both("снято", "withdrawn"),
		"went_on": both("перешло в другое обращение", "goes on in another ticket"),
	},
	"part":   {"open": both("ждёт ответа", "unanswered"), "answered": both("отвечена", "answered"), "returned": both("возвращена", "returned"), "withdrawn": both("отменена", "withdrawn")},
	"vendor": {"asked": both("ждём ответа", "awaiting an answer"), "answered": both("ответил", "answered"), "withdrawn": both("отозван", "withdrawn")},
	"review": {"open": both("рассматривается", "under review"), "upheld": both("справедлива", "upheld"), "rejected": both("ответ верен", "rejected"), "withdrawn": both("отозвана", "withdrawn")},
	"link":   {"related": both("связано", "related"), "duplicate": both("о том же", "duplicate"), "split_off": both("отделено отсюда", "split off from here"), "split_from": both("от него отделено это", "this was split off from it")},
	"channel": {
		"call": both("звонок", "call"), "letter": both("письмо", "letter"), "form": both("форма на сайте", "web form"), "visit": both("визит", "visit"), "fax": both("факс", "fax"),
		"mail": both("эл. почта", "e-mail"), "messenger": both("мессенджер", "messenger"), "phone": both("звонок на другой телефон", "call to another telephone"), "sms": both("СМС", "SMS"),
	},
	"disposition": {
		"confirmed": both("клиент подтвердил", "confirmed by the customer"), "expired": both("срок подтверждения истёк", "time to confirm ran out"), "refused": both("отказано", "refused"),
		"withdrawn": both("клиент отозвал", "withdrawn by the customer"), "resolved": both("решено в разговоре", "resolved in the call"), "merged": both("объединено", "merged"),
		"wrong_number": both("ошиблись номером", "wrong number"), "no_speech": both("тишина в трубке", "nobody spoke"), "abusive": both("прекращено: оскорбления", "ended: abusive"),
		"self_service": both("обслужено автоматически", "served by the menu"), "follow_up": both("нужно вернуться", "follow-up"), "handed_over": both("передано в отдел", "handed over"),
	},
	"outcome": {
		"served": both("разговор состоялся", "served"), "informed": both("обслужен меню", "informed by the menu"), "abandoned_in_greeting": both("не дождался: приветствие", "abandoned in the greeting"),
		"abandoned_in_menu": both("не дождался: меню", "abandoned in the menu"), "abandoned_in_queue": both("не дождался: очередь", "abandoned in the queue"),
		"abandoned_ringing": both("не дождался: вызов оператора", "abandoned while a phone rang"), "refused": both("не принят", "refused"), "callback": both("обещан обратный звонок", "a callback was promised"),
		"voicemail": both("оставлено сообщение", "left a message"), "sent_on": both("переключён на внешний номер", "sent on to a number outside"), "not_reached": both("клиент не ответил", "the customer did not answer"),
		"failed": both("сбой", "failed"), "lost": both("прервался", "lost"),
	},
	"entry": {
		"note": both("заметка", "note"), "request": both("запрос клиента", "customer's request"), "answer": both("ответ клиенту", "answer to the customer"),
		"question": both("вопрос отделу", "question to a department"), "reply": both("ответ отдела", "department's answer"), "complaint": both("возражение клиента", "customer's objection"),
		"refusal": both("отказ", "refusal"),
	},
	"field": {
		"phase": both("Состояние", "State"), "awaits": both("Ждёт", "Awaits"), "department": both("Отдел", "Department"), "owner": both("Ответственный", "Owner"), "next": both("Следующий срок", "Next date"),
		"subject": both("Тема", "Subject"), "topic": both("Рубрика", "Topic"), "class": both("Вид", "Class"), "priority": both("Приоритет", "Priority"), "disposition": both("Итог", "Outcome"),
		"district": both("Район", "District"), "reply_channel": both("Способ ответа", "Reply by"), "reply_address": both("Адрес для ответа", "Reply to"), "parent": both("Часть аварии", "Part of incident"),
		"into": both("Продолжается в", "Goes on in"), "from": both("От", "From"), "served_by": both("Принял", "Served by"), "outcome": both("Исход", "Outcome"), "sent": both("Отправлено", "Sent"), "file": both("Файл", "File"),
		"called": both("Набран", "Called"), "reason": both("Причина звонка", "Reason for the call"),
		"message": both("Сообщение", "Message"), "state": both("состояние", "state"), "due": both("срок", "due"), "what": both("что", "what"), "to": both("кому", "to"), "channel": both("способ", "by"),
		"vendor": both("Поставщик", "Vendor"), "number": both("номер", "number"), "promised": both("обещает к", "promises by"), "reminded": both("напоминаний", "reminders"), "level": both("уровень", "level"), "reviewer": both("проверяет", "reviewer"),
		"part": both("Часть", "Part"), "promise": both("Обещание", "Promise"), "review": both("Жалоба", "Complaint"), "link": both("Связь с", "Link to"), "kind": both("вид", "kind"),
	},
	"who": {"rule": both("правило Hotline", "a rule of Hotline"), "call": both("звонок", "call"), "program": both("программа", "program"), "customer": both("клиент", "customer")},
	"change": {
		"opened": both("открыто", "opened"), "was_there": both("было до ведения истории", "from before the history"), "take": both("взято в работу", "taken"), "hand_over": both("передано", "handed over"),
		"plan": both("назначена дата", "date set"), "wait": both("ожидание", "waits"), "resume": both("работа продолжена", "goes on"), "describe": both("описание изменено", "description changed"),
		"set_customer": both("указан клиент", "customer set"), "note": both("заметка", "note"), "tell": both("ответ клиенту", "customer told"), "solve": both("решено", "solved"), "refuse": both("отказано", "refused"),
		"confirm": both("подтверждено", "confirmed"), "withdraw": both("отозвано клиентом", "withdrawn"), "reopen": both("открыто снова", "reopened"), "add_part": both("часть передана отделу", "part given"),
		"take_part": both("часть взята", "part taken"), "answer_part": both("ответ по части", "part answered"), "return_part": both("часть возвращена", "part returned"), "move_part": both("часть передана дальше", "part moved"),
		"withdraw_part": both("часть отменена", "part withdrawn"), "promise": both("обещание", "promise"), "keep_promise": both("обещание выполнено", "promise fulfilled"), "move_promise": both("обещание перенесено", "promise moved"),
		"withdraw_promise": both("обещание снято", "promise withdrawn"), "break_promise": both("обещание нарушено", "promise broken"), "ask_vendor": both("запрос поставщику", "vendor asked"),
		"vendor_promised": both("поставщик назвал дату", "vendor named a date"), "vendor_answered": both("поставщик ответил", "vendor answered"), "remind_vendor": both("напоминание поставщику", "vendor reminded"),
		"withdraw_vendor": both("запрос поставщику отозван", "request to vendor withdrawn"), "complain": both("жалоба на ответ", "complaint about an answer"), "review": both("назначен проверяющий", "reviewer assigned"),
		"decide_review": both("решение по жалобе", "complaint decided"), "escalate_review": both("жалоба передана выше", "complaint to the next level"), "withdraw_review": both("жалоба отозвана", "complaint withdrawn"),
		"link": both("связано", "linked"), "unlink": both("связь убрана", "unlinked"), "merge": both("объединено", "merged"), "unmerge": both("разъединено", "merge undone"), "split": both("отделено", "split off"), "relink": both("звонок перенесён в другую заявку", "call moved to another ticket"),
		"set_parent": both("часть аварии", "part of an incident"), "clear_parent": both("не часть аварии", "not of the incident"), "escalate": both("эскалация", "escalated"), "ask_to_tell": both("клиенту давно не сообщали, как идёт дело", "the customer has heard nothing for long"), "remind": both("напоминание клиенту", "customer reminded"),
		"expire": both("закрыто по сроку", "closed by expiry"), "warn": both("предупреждение о сроке", "warned of a clock"), "give_to_heir": both("передано наследнику", "given to the heir"),
		"erased":     both("личные данные стёрты", "personal data erased"),
		"file.added": both("файл добавлен", "file added"), "file.removed": both("файл удалён", "file removed"), "file.moved": both("файл перешёл с заявкой", "file came along"),
		"voicemail.done": both("сообщение отработано", "voicemail done"), "voicemail.undone": both("сообщение снова в работе", "voicemail to be done again"),
		"customers_merged": both("карточки клиента объединены", "customer's records merged"), "claim.decided": both("решено, о чём звонок", "decided what a call is about"),
		"call.arrived": both("звонок поступил", "call arrived"), "call.routed": both("выбор в меню", "chosen in the menu"), "call.queued": both("в очереди", "in the queue"), "offer.made": both("предложен оператору", "offered to an agent"),
		"offer.ended": both("предложение закончилось", "offer ended"), "call.answered": both("отвечен", "answered"), "call.ended": both("звонок закончился", "call ended"), "call.resumed": both("звонок продолжен", "call resumed"),
		"call.recorded": both("записан", "recorded"), "call.claimed": both("назван номер обращения", "a number was typed"), "call.connection_lost": both("связь прервалась", "connection lost"), "call.connection_back": both("оператор вернулся в разговор", "the agent is back in the talk"), "call.broken_off": both("оборвался по нашей вине", "broken off through a fault of ours"), "call.no_callback": both("перезвонить некуда", "no number to call back"), "call.said_nothing": both("вместо сообщения тишина", "no message: nothing was said"), "callback.kept": both("обещано перезвонить", "to be called back"), "callback.over": both("перезванивать больше не нужно", "not to be called back any more"), "call.transferred": both("звонок переведён", "call transferred"), "call.consulted": both("консультация", "somebody was asked"), "call.helped": both("позвали супервизора", "a supervisor was called for"), "wrap_up.finished": both("оформление", "wrapped up"),
		"call.surveyed": both("оценка разговора", "the talk was rated"),
	},
}
