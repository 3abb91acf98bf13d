// The Russian texts, every key of the catalogue exactly once: the compiler refuses a missing one. The voice
// is polite, short and warm; {words in braces} are filled in and must be the same set in every language.

extension Catalogue {
    static func russian(_ key: CopyKey) -> String {
        switch key {
        case .example: #"pay 100 "Кофе" #стол5"#
        case .greeting:
            """
            Здравствуйте! Ваш номер зарегистрирован: {merchant}. Принимать оплату можно прямо в этом \
            чате.

            Напишите сумму, и я пришлю ссылку на оплату:
            {example}

            Описание и #метка необязательны. Сменить язык: /lang.
            """
        case .unknownSeller:
            """
            Здравствуйте! Этот номер не зарегистрирован как продавец ни в одном банке-партнёре, \
            поэтому я не могу выставить ссылку на оплату. Попросите банк или администратора магазина \
            добавить ваш номер и напишите мне снова.
            """
        case .sellerBlocked:
            """
            Приём оплаты для вас приостановлен: {bank}. Пожалуйста, обратитесь в банк.
            """
        case .merchantDisabled:
            """
            Приём оплаты сейчас отключён: {merchant}. Пожалуйста, обратитесь в банк.
            """
        case .phoneHidden:
            """
            Я не вижу ваш номер телефона, а банк узнаёт вас по нему. Разрешите в WhatsApp показывать \
            номер в этом чате или напишите с номера, который знает банк.
            """
        case .teaching:
            """
            Не удалось понять. Чтобы получить ссылку на оплату, напишите сумму, например:
            {example}

            Подробнее: помощь
            """
        case .help:
            """
            Как принять оплату, начиная с самого короткого:
            100
            оплата 100
            {example}

            Сумма может быть дробной: 100,50. Описание и #метка видны в кабинете продавца.

            Ещё можно:
            статус — что с последним платежом
            сегодня — сколько оплачено за день
            список — последние платежи
            отмена — отозвать платёж
            повтори — ссылка ещё раз
            экспорт — этот месяц файлом
            rtp 100 069123456 — запрос на телефон клиента
            продавец — от чьего имени принимаете оплату
            язык — выбор языка

            Чтобы спросить об одном платеже, ответьте на его сообщение.
            """
        case .welcome: "Пожалуйста!"
        case .textOnly:
            """
            Я читаю только текст. Напишите сумму, например:
            {example}
            """
        case .amountMissing:
            """
            Сначала напишите сумму, например:
            {example}
            """
        case .amountUnreadable:
            """
            Не удалось прочитать сумму. Напишите просто: 100 или 100,50. Например:
            {example}
            """
        case .amountInParts: "Напишите сумму в {currency}, мелочь после запятой: 1 или 1,50."
        case .amountZero: "Сумма должна быть больше нуля."
        case .amountNegative: "Сумма не может быть отрицательной. Напишите её без минуса."
        case .amountTooManyDecimals:
            """
            Слишком много знаков после запятой. Для {currency} их не больше {digits}.
            """
        case .amountTooLarge: "Сумма слишком велика для одного платежа."
        case .amountOverLimit: "Сумма превышает ваш лимит на один платёж: {limit}."
        case .amountAmbiguous:
            """
            Сумму «{typed}» можно понять по-разному. Выберите сумму или напишите её снова без \
            разделителя тысяч.
            """
        case .amountAmbiguousButton: "Выбрать сумму"
        case .currencyOther:
            """
            Я принимаю оплату только в {currency}. Напишите сумму в {currency}, без другой валюты.
            """
        case .descriptionTooLong: "Описание слишком длинное. Максимум символов: {limit}."
        case .tagTooLong: "Метка слишком длинная. Максимум символов: {limit}."
        case .severalTags: "Используйте только одну #метку на платёж."
        case .requestToPayUnavailable:
            """
            Запрос на оплату недоступен: {merchant}. Зато работает ссылка на оплату: {command}
            """
        case .requestIncomplete:
            """
            Для запроса на оплату напишите сумму и телефон клиента, например:
            /rtp 100 069123456 Ion Rusu
            """
        case .payerPhoneUnreadable:
            """
            Не удалось прочитать телефон клиента. После +373 или после 0 в нём восемь цифр: \
            069123456 или +373 69 123 456.
            """
        case .payerPhoneForeign:
            """
            Запрос на оплату доходит только до молдавских номеров (+373). Другим клиентам отправьте \
            ссылку: напишите только сумму.
            """
        case .payerNameTooLong:
            """
            Имя клиента слишком длинное. Максимум символов: {limit}.
            """
        case .referenceUnreadable:
            """
            О каком платеже речь? Ответьте на его сообщение тем же словом или добавьте шесть знаков \
            его номера, например: статус K7M2QX
            """
        case .listUnreadable:
            """
            Напишите так: список, список #кофе или список 2 для второй страницы.
            """
        case .spanUnreadable:
            """
            Не удалось понять период. Например:
            экспорт
            экспорт сегодня
            экспорт 2026-11
            экспорт 1.11-15.11
            """
        case .amountInWords:
            """
            Пожалуйста, напишите всю сумму цифрами, например:
            {example}
            """
        case .phoneAlone:
            """
            Похоже на номер телефона. Чтобы отправить на него запрос на оплату, сначала укажите \
            сумму:
            {command}

            Если это сумма, допишите после неё {currency}.
            """
        case .amountNotFirst:
            """
            Чтобы получить ссылку на оплату, сначала напишите сумму, вот так:
            {command}
            """
        case .refundByBank:
            """
            {bank} не предлагает возвраты в этом чате. Вернуть деньги можно через банк.
            """
        case .bankSilent:
            """
            Банк сейчас не отвечает, поэтому ссылка не создана. Попробуйте ещё раз через минуту.
            """
        case .bankRefused:
            """
            Банк не принял этот платёж, поэтому ссылки нет. Проверьте сумму или обратитесь в банк.
            """
        case .tryAgain:
            """
            У нас что-то пошло не так. Если ссылка не пришла, пожалуйста, напишите сумму ещё раз.
            """
        case .linkForward: "Отправьте ссылку покупателю."
        case .linkForwardUntil: "Отправьте ссылку покупателю. Она действует {minutes}."
        case .linkForwardSoon: "Отправьте ссылку покупателю сразу. Она действует меньше минуты."
        case .linkButton: "Открыть оплату"
        case .minutesOne: "{count} минуту"
        case .minutesFew: "{count} минуты"
        case .minutesMany: "{count} минут"
        case .minutesOther: "{count} минуты"
        case .chooseMerchant: "От имени какого продавца принять {amount}?"
        case .chooseMerchantButton: "Выбрать"
        case .chooseTapOrNumber: "Откройте список или ответьте номером."
        case .choiceGone: "Этот выбор больше не действует. Напишите сумму ещё раз."
        case .languageAsk: "На каком языке продолжим?"
        case .languageButton: "Язык"
        case .languageChanged: "Готово, продолжаем на русском."
        case .receiptPaid: "Оплачено"
        case .receiptPaidLate: "Оплачено после закрытия ссылки"
        case .receiptPaidAgain: "Оплачено ещё раз"
        case .receiptPaidAgainAdvice: "Этот платёж уже был получен: верните покупателю лишнюю сумму."
        case .receiptRenew: "Новая ссылка"
        case .severalPaidOne: "Оплачено · {count} платёж · {amount}"
        case .severalPaidFew: "Оплачено · {count} платежа · {amount}"
        case .severalPaidMany: "Оплачено · {count} платежей · {amount}"
        case .severalPaidOther: "Оплачено · {count} платежа · {amount}"
        case .receiptFailed: "Оплата не прошла"
        case .receiptDeclined: "Оплата отклонена"
        case .receiptExpired: "Срок ссылки истёк"
        case .receiptCancelled: "Оплата отменена"
        case .receiptRefunded: "Возвращено"
        case .receiptPartlyRefunded: "Возвращено частично"
        case .receiptRetry:
            """
            Чтобы получить новую ссылку, напишите:
            {command}
            """
        case .templatePaid: "Платёж {amount} получен {time}. Назначение: {reference}. Хорошего дня!"
        case .templateFailed:
            """
            Платёж {amount} не прошёл {time}. Назначение: {reference}. Чтобы получить новую ссылку, \
            напишите сумму в этом чате.
            """
        case .templateDeclined:
            """
            Платёж {amount} отклонён {time}. Назначение: {reference}. Чтобы получить новую ссылку, \
            напишите сумму в этом чате.
            """
        case .templateExpired:
            """
            Срок ссылки на оплату {amount} истёк {time}. Назначение: {reference}. Чтобы получить \
            новую ссылку, напишите сумму в этом чате.
            """
        case .templatePaidSpare:
            """
            По платёжной ссылке поступило {amount}, дата и время: {time}. Назначение: \
            {reference}. Спасибо!
            """
        case .templateFailedSpare:
            """
            Попытка оплаты на {amount} не завершена, дата и время: {time}. Назначение: \
            {reference}. Деньги не поступили.
            """
        case .templateDeclinedSpare:
            """
            Покупатель или банк отклонил оплату на {amount}, дата и время: {time}. Назначение: \
            {reference}. Деньги не поступили.
            """
        case .templateExpiredSpare:
            """
            Платёжная ссылка на {amount} больше не действует, дата и время: {time}. Назначение: \
            {reference}. Деньги не поступили.
            """
        }
    }
}
