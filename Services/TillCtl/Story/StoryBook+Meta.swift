// Bad days at Meta: webhooks that repeat, overtake each other, come late, in thousands or signed wrongly;
// messages that are refused, lost or failed afterwards.

import Copy
import Money

extension StoryBook {
    static let meta: [Story] = [
        Story(
            "duplicates", "Every webhook and the bank's callback come twice at once: one link, one receipt.",
            [
                .trouble(Trouble("duplicate", at: "webhook", times: 1_000, target: .seller)),
                .trouble(Trouble("duplicate", at: "status", times: 1_000, target: .seller)),
                .trouble(Trouble("duplicate", at: "callback", target: .payments)),
                .says("pay 10 #{tag}"), link("10.00 MDL · #{tag}"), .metaRedelivers, .pays(),
                paid("10.00 MDL"), .silence(.milliseconds(800)), .books(["paid"]), .bankBooks(["SUCCESS"]),
            ]),
        Story(
            "reordering", "The second message overtakes the first; both are answered, each once.",
            [
                .trouble(Trouble("reorder", at: "webhook", delayMs: 900, target: .seller)),
                .says("pay 11 \"First\" #{tag}"), .says("pay 12 \"Second\" #{tag}"),
                link("12.00 MDL · Second · #{tag}"), link("11.00 MDL · First · #{tag}"),
                .books(["open", "open"]), .bankBooks(["CREATED", "CREATED"]),
            ]),
        Story(
            "week-late",
            "Meta delivers a charge a week late, twice: one link at the bank, told by template when it ends.",
            cast: .shortLived,
            [
                .says("pay 13 #{tag}", ago: .seconds(7 * 86_400 - 120)), .metaRedelivers,
                .note("the window closed six days ago: the link waits, and nothing is written freely"),
                .silence(.milliseconds(1_500)),
                .reads(
                    text(
                        .templateExpired, .en, [.amount: "13.00 MDL", .time: "{time}", .reference: "#{tag}"]),
                    .template("payment_expired")),
                .books(["expired"]), .bankBooks(["EXPIRED"]), .metaRedelivers,
                .note("a third delivery is one too many: nothing more is made or said"),
                .silence(.milliseconds(1_500)), .books(["expired"]), .bankBooks(["EXPIRED"]),
            ]),
        Story(
            "thousand-at-once", "A thousand messages in one POST: the seller among them gets one link.",
            isAlone: true,
            [
                .metaPosts("pay 14 #{tag}", others: 999), link("14.00 MDL · #{tag}"), .books(["open"]),
                .bankBooks(["CREATED"]),
            ]),
        Story(
            "three-megabytes", "A webhook as large as Meta makes them is taken.",
            [
                .metaPosts("pay 15 #{tag}", others: 20, padBytes: 2_900_000), link("15.00 MDL · #{tag}"),
                .books(["open"]),
            ]),
        Story(
            "wrong-signature",
            "An unsigned and a badly signed webhook change nothing; Meta's right one does.",
            [
                .metaPosts("pay 16 #{tag}", others: 0, signature: "wrong", answer: 401),
                .metaPosts("pay 16 #{tag}", others: 0, signature: "missing", answer: 401),
                .trouble(Trouble("wrongSignature", at: "webhook", target: .seller)),
                .says("pay 17 #{tag}"), link("17.00 MDL · #{tag}"), .silence(.milliseconds(500)),
                .books(["open"]), .bankBooks(["CREATED"]),
            ]),
        Story(
            "day-old-word",
            "The seller wrote 25 hours ago: the receipt is a template, and no link comes after it.",
            [
                .says("pay 18 #{tag}", ago: .seconds(25 * 3_600)), .bankBooks(["CREATED"]), .pays(),
                paidByTemplate("18.00 MDL"), .books(["paid"]),
                .note("the link still waits for the seller to write"),
                .says("status"), .reads("Paid · 18.00 MDL · {time} · #{tag} · {reference}"),
                .silence(.milliseconds(1_500)),
            ]),
        Story(
            "window-closed-early", "Meta says that an open window is closed: the receipt is a template.",
            [
                .says("pay 19 #{tag}"), link("19.00 MDL · #{tag}"),
                .trouble(Trouble("windowClosed", at: "messages", target: .seller)), .pays(),
                paidByTemplate("19.00 MDL"), .silence(.milliseconds(500)), .books(["paid"]),
            ]),
        Story(
            "window-closed-later",
            "Meta takes the receipt and fails it a moment later: told once, by template.",
            [
                .says("pay 20 #{tag}"), link("20.00 MDL · #{tag}"),
                .trouble(Trouble("windowClosedLater", at: "messages", target: .seller)), .pays(),
                paidByTemplate("20.00 MDL"), .silence(.milliseconds(500)), .books(["paid"]),
            ]),
        Story(
            "status-first", "Statuses arrive before the answer to the send.",
            [
                .trouble(Trouble("statusFirst", at: "messages", times: 2, delayMs: 500, target: .seller)),
                .says("pay 21 #{tag}"), link("21.00 MDL · #{tag}"), .pays(), paid("21.00 MDL"),
                .silence(.milliseconds(1_200)),
            ]),
        Story(
            "meta-throttles", "130429 twice: the link comes later, once.",
            [
                .trouble(Trouble("throttled", at: "messages", times: 2, target: .seller)),
                .says("pay 22 #{tag}"), link("22.00 MDL · #{tag}"), .pays(), paid("22.00 MDL"),
            ]),
        Story(
            "pair-limit", "131056 once: the link comes later, once.",
            [
                .trouble(Trouble("pairLimited", at: "messages", target: .seller)),
                .says("pay 23 #{tag}"), link("23.00 MDL · #{tag}"),
            ]),
        Story(
            "meta-down", "Meta answers 500 twice: the link comes later, once.",
            [
                .trouble(Trouble("unavailable", at: "messages", times: 2, target: .seller)),
                .says("pay 24 #{tag}"), link("24.00 MDL · #{tag}"),
            ]),
        Story(
            "meta-answer-lost", "The answer to a send is lost: it is not sent again.",
            [
                .trouble(Trouble("lost", at: "messages", delayMs: 20_000, target: .seller)),
                .says("pay 25 #{tag}"), link("25.00 MDL · #{tag}"), .pays(), paid("25.00 MDL"),
                .silence(.milliseconds(500)),
            ]),
        Story(
            "template-paused", "Meta has paused the template: its spare tells the seller.", isAlone: true,
            [
                .metaDecides(template: "payment_paid", language: "en", status: "PAUSED"),
                .says("pay 26 #{tag}", ago: .seconds(25 * 3_600)), .bankBooks(["CREATED"]), .pays(),
                paidByTemplate("26.00 MDL", .templatePaidSpare), .books(["paid"]),
                .metaDecides(template: "payment_paid", language: "en", status: "APPROVED"),
            ]),
    ]

    static let identity: [Story] = [
        Story(
            "hidden-number", "Meta shows no phone number: the seller is asked for it, unless known before.",
            [
                .says("pay 27 #{tag}"), link("27.00 MDL · #{tag}"),
                .says("pay 28 #{tag}", hidden: true), link("28.00 MDL · #{tag}"),
            ]),
        Story(
            "number-change",
            "The seller takes another number: nothing is charged until the bank confirms it.",
            [
                .says("pay 29 #{tag}"), link("29.00 MDL · #{tag}"), .takesNewNumber(),
                .says("pay 30 #{tag}"), .reads(text(.unknownSeller, .ro), .text),
                .books(["open"]), .bankConfirms,
                // Who was told that no bank knows the phone is asked about again after five seconds.
                .silence(.milliseconds(5_500)),
                .says("pay 31 #{tag}"), link("31.00 MDL · #{tag}"), .books(["open", "open"]),
            ]),
        Story(
            "recycled-number",
            "Somebody else has the number now and inherits nothing: neither commands nor news of money.",
            [
                .says("pay 32 #{tag}"), link("32.00 MDL · #{tag}"), .givesNumberAway,
                .says("pay 33 #{tag}"), .reads(text(.identitySuspended, .ro, [.bank: "Moldbank"]), .text),
                .books(["open"]), .pays(), .books(["paid"]), .bankRewrites,
                .silence(.milliseconds(3_000)),
                .says("status"), .reads(text(.identitySuspended, .ro, [.bank: "Moldbank"]), .text),
                .note("the seller has the number back, and the bank has made sure of it"),
                .bankConfirms, paid("32.00 MDL"),
            ]),
        Story(
            "new-phone", "WhatsApp's key of the seller changes: nothing is charged until the bank confirms.",
            [
                .says("pay 34 #{tag}"), link("34.00 MDL · #{tag}"), .takesNewPhone,
                .says("pay 35 #{tag}"), .reads(text(.identitySuspended, .ro, [.bank: "Moldbank"]), .text),
                .books(["open"]), .bankConfirms,
                .says("pay 36 #{tag}"), link("36.00 MDL · #{tag}"),
            ]),
        Story(
            "identity-refused",
            "The receipt names a key that is the seller's no more: Meta refuses it, and it waits for the bank.",
            [
                // Its key is known when the first message has ended, and the second begins only then.
                .says("pay 36 #{tag}"), link("36.00 MDL · #{tag}"),
                .says("pay 37 #{tag}"), link("37.00 MDL · #{tag}"), .takesNewPhone,
                .note("Meta takes the receipt and fails it with 137000"), .pays(), .books(["open", "paid"]),
                .bankRewrites, .silence(.milliseconds(3_000)), .bankConfirms, paid("37.00 MDL"),
                .says("pay 38 #{tag}"), link("38.00 MDL · #{tag}"), .books(["open", "paid", "open"]),
            ]),
    ]
}
