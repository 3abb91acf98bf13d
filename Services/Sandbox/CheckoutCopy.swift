// The words on the fake bank's payment page, in the three languages that such pages come in.

struct CheckoutCopy: Sendable {
    var subtitle: String
    var payTo: String
    var pay: String
    var decline: String
    /// With `{time}`.
    var left: String
    var qr: String
    var unknown: String
    var footer: String
    /// By status.
    var verdicts: [String: String]

    static func of(_ language: String) -> CheckoutCopy {
        switch language {
        case "ru": russian
        case "en": english
        default: romanian
        }
    }

    private static let romanian = CheckoutCopy(
        subtitle: "Plată instant", payTo: "Către", pay: "Plătește", decline: "Refuză",
        left: "Codul este valabil încă {time}", qr: "Cod QR al acestei pagini",
        unknown: "Plata nu a fost găsită.",
        footer: "Bancă de probă. Nu se mișcă bani adevărați.",
        verdicts: [
            "PENDING": "Banca procesează plata…", "SUCCESS": "Plata a fost efectuată",
            "FAILED": "Plata a eșuat",
            "DECLINED": "Plata a fost refuzată", "EXPIRED": "Codul QR a expirat",
        ])
    private static let russian = CheckoutCopy(
        subtitle: "Мгновенный платёж", payTo: "Кому", pay: "Оплатить", decline: "Отклонить",
        left: "Код действует ещё {time}", qr: "QR-код этой страницы", unknown: "Платёж не найден.",
        footer: "Учебный банк. Настоящие деньги не движутся.",
        verdicts: [
            "PENDING": "Банк обрабатывает платёж…", "SUCCESS": "Оплачено", "FAILED": "Оплата не удалась",
            "DECLINED": "Платёж отклонён", "EXPIRED": "Срок QR-кода истёк",
        ])
    private static let english = CheckoutCopy(
        subtitle: "Instant payment", payTo: "To", pay: "Pay", decline: "Decline",
        left: "The code is valid for {time} more", qr: "QR code of this page",
        unknown: "This payment was not found.",
        footer: "A test bank. No real money moves.",
        verdicts: [
            "PENDING": "The bank is processing the payment…", "SUCCESS": "Paid",
            "FAILED": "The payment failed",
            "DECLINED": "The payment was declined", "EXPIRED": "The QR code has expired",
        ])
}
