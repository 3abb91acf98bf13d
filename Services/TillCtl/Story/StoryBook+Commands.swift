// Stories of what a seller asks about payments already made, and of requests that ring a payer's phone.
import Copy
import Money

extension StoryBook {
    static let commands: [Story] = [
        Story(
            "status-by-reply", "Replying to a link's bubble means that payment; a reference does too.",
            [
                .says("pay 41 \"Tea\" #{tag}"), link("41.00 MDL · Tea · #{tag}"), .replies("status"),
                .reads(
                    "Waiting for payment · 41.00 MDL · {time} · #{tag} · {reference}\n\n"
                        + text(.openUntilNote, .en, [.time: "{time}"])), .pays(), paid("41.00 MDL"),
                .replies("status"),
                .reads("Paid · 41.00 MDL · {time} · #{tag} · {reference}"),
            ]),
        Story(
            "today-and-list", "What was received today, exactly, and the latest payments.",
            [
                .says("pay 10.10 #{tag}"), link("10.10 MDL · #{tag}"), .pays(), paid("10.10 MDL"),
                .says("pay 20.20 #{tag}"), link("20.20 MDL · #{tag}"), .pays(), paid("20.20 MDL"),
                .says("today"),
                .reads(
                    text(.todayTotal, .en, [.date: "{date}"])
                        + "\n2 payments · 30.30 MDL\n\n#{tag}: 2 payments · 30.30 MDL"), .says("list"),

                .reads(
                    """
                    Latest payments:
                    Paid · 20.20 MDL · {time} · #{tag} · {reference}
                    Paid · 10.10 MDL · {time} · #{tag} · {reference}
                    """),
            ]),
        Story(
            "cancel", "A link is taken back, and asking twice changes nothing.",
            [
                .says("pay 42 #{tag}"), link("42.00 MDL · #{tag}"), .says("cancel"),
                .reads(
                    "Payment cancelled · 42.00 MDL · {time} · #{tag} · {reference}\n\n" + text(.cancelDone)),
                .books(["cancelled"]), .says("cancel"),
                .reads(
                    "Payment cancelled · 42.00 MDL · {time} · #{tag} · {reference}\n\n" + text(.cancelDone)),
                .books(["cancelled"]),
            ]),
        Story(
            "paid-after-cancel", "Money that comes after a cancellation is told as what it is.",
            [
                .says("pay 43 #{tag}"), link("43.00 MDL · #{tag}"), .replies("cancel"),
                .reads(
                    "Payment cancelled · 43.00 MDL · {time} · #{tag} · {reference}\n\n" + text(.cancelDone)),
                .pays(), .reads(text(.receiptPaidLate) + " · 43.00 MDL · {time} · #{tag}"), .books(["paid"]),
            ]),
        Story(
            "resend", "The same link once more, never a second payment.",
            [
                .says("pay 44 #{tag}"), link("44.00 MDL · #{tag}"), .says("resend"),
                link("44.00 MDL · #{tag}"), .books(["open"]), .bankBooks(["CREATED"]),
            ]),
        Story(
            "export", "The payments of today as a document.",
            [
                .says("pay 45 #{tag}"), link("45.00 MDL · #{tag}"), .pays(), paid("45.00 MDL"),
                .says("export today"), .reads("1 payment · {date}", .file("till-{date}.csv")),
            ]),
        Story(
            "keep-merchant", "A seller of two banks keeps one merchant and is not asked again.",
            cast: .twoBanks,
            [
                .says("merchant"),
                .reads(text(.merchantAskNone) + "\n" + text(.chooseTapOrNumber)), .taps("2. Librăria Codru"),
                .reads("{kept}"),
                .says("pay 46 #{tag}"), link("46.00 MDL · Librăria Codru · #{tag}"),
            ]),
    ]

    static let requests: [Story] = [
        Story(
            "request-to-pay", "A request rings the payer's phone, who confirms; the name is remembered.",
            [
                .says("/rtp 70 069111222 Ion Rusu #{tag}"),
                .reads(
                    "70.00 MDL · #{tag} · {reference}\n\n" + text(.requestSent, .en, [.payer: "Ion Rusu"])),
                .rings("+37369111222"),
                .pays(), paid("70.00 MDL"), .books(["paid"]),
            ]),
        Story(
            "request-asks", "What a request lacks is asked for.",
            [
                .says("/rtp 71 #{tag}"), .reads(text(.payerPhoneAsk, .en, [.amount: "71.00 MDL"])),
                .says("069111333"), .reads(text(.payerNameAsk)),
                .says("Maria Ceban"),
                .reads(
                    "71.00 MDL · #{tag} · {reference}\n\n" + text(.requestSent, .en, [.payer: "Maria Ceban"])),
                .rings("+37369111333"), .declines,
                .reads(
                    "Payment declined · 71.00 MDL · {time} · #{tag}\n\n" + text(.requestRenewNote),
                    .buttons(text(.requestRenewButton))),
                .books(["declined"]),
            ]),
        Story(
            "request-by-card", "Whom a request is for is a card of the address book.",
            [
                .says("/rtp 73 #{tag}"), .reads(text(.payerPhoneAsk, .en, [.amount: "73.00 MDL"])),
                .sendsCard("Maria Ceban", "+373 69 111 555"),
                .reads(
                    "73.00 MDL · #{tag} · {reference}\n\n" + text(.requestSent, .en, [.payer: "Maria Ceban"])),
                .rings("+37369111555"), .pays(), paid("73.00 MDL"), .books(["paid"]),
            ]),
        Story(
            "request-answer-lost",
            "The answer to a request is lost and it is paid: never asked twice, told once.",
            [
                .trouble(Trouble("broken", at: "rtp", target: .payments)),
                .says("/rtp 72 069111444 Ion Rusu #{tag}"),
                .reads(
                    "72.00 MDL · #{tag} · {reference}\n\n"
                        + text(.requestUncertain, .en, [.payer: "Ion Rusu"])), .rings("+37369111444"),
                .pays(), paid("72.00 MDL"), .books(["paid"]), .bankBooks(["SUCCESS"]),
            ]),
    ]
}
