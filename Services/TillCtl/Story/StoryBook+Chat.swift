// Stories without trouble: what a seller can write and what the chat answers.
import Copy
import Money

extension StoryBook {
    static let chat: [Story] = [
        Story(
            "hello-to-receipt", "A seller says hello, charges, the customer pays, the chat says so.",
            cast: StoryCast(locale: .ro, merchants: ["moldbank": ["128"]]),
            [
                .says("Bună ziua"),
                .reads(
                    text(
                        .greeting, .ro,
                        [.merchant: "Cafeneaua Veche", .example: text(.example, .ro)]), .text),
                .says("pay 100 \"Cafea + croissant\" #{tag}"),
                link("100,00 MDL · Cafea + croissant · #{tag}", .ro),
                .opensLink, .pays(), .reads("Plătit · 100,00 MDL · {ora} · #{tag}", .text), .books(["paid"]),
            ]),
        Story(
            "five-forms", "The five ways to ask for 100 lei, each answered with one link.",
            [
                .says("pay 100"), link("100.00 MDL"), .says("pay 100 \"Coffee + croissant\""),
                link("100.00 MDL · Coffee + croissant"), .says("pay 100 \"Coffee + croissant\" #{tag}"),
                link("100.00 MDL · Coffee + croissant · #{tag}"), .says("/pay 100 #{tag}"),
                link("100.00 MDL · #{tag}"), .says("100"), link("100.00 MDL"),
                .books(["open", "open"]),
            ]),
        Story(
            "unknown-seller", "A phone that no bank knows is refused politely.", cast: .stranger,
            [
                .says("pay 100 #{tag}"),
                .reads(text(.unknownSeller, .ro), .text),
                .books([]),
            ]),
        Story(
            "blocked-seller", "A seller whom the bank has blocked gets no link.",
            cast: StoryCast(isBlocked: true),
            [
                .says("pay 100 #{tag}"),
                .reads(text(.sellerBlocked, .en, [.bank: "Moldbank"]), .text),
                .books([]),
            ]),
        Story(
            "language",
            "The seller taps German in the list of languages, and later types the number of French.",
            [
                .says("/lang"),
                .reads(
                    "Which language shall we use?\n" + text(.chooseTapOrNumber),
                    .list("1. Română", "2. Русский", "3. English", "4. Français", "5. Deutsch")),
                .taps("5. Deutsch"), .reads(text(.languageChanged, .de), .text), .says("12,50 #{tag}"),
                link("12,50 MDL · #{tag}", .de), .pays(),
                .reads("Bezahlt · 12,50 MDL · {zeit} · #{tag}", .text),
                .says("/lang"),
                .reads("In welcher Sprache machen wir weiter?\n" + text(.chooseTapOrNumber, .de)),
                .says("4"), .reads(text(.languageChanged, .fr), .text), .books(["paid"]),
                .says("4 #{tag}"), link("4,00 MDL · #{tag}", .fr), .books(["paid", "open"]),
            ]),
        Story(
            "two-readings", "An amount that can be read in two ways is asked back, never guessed.",
            [
                .says("pay 1.250 #{tag}"),
                .reads(
                    text(.amountAmbiguous, .en, [.typed: "1.250"]) + "\n" + text(.chooseTapOrNumber),
                    .list("1. 1,250.00 MDL", "2. 1.25 MDL")),
                .books([]), .taps("1. 1,250.00 MDL"), link("1,250.00 MDL · #{tag}"), .books(["open"]),
            ]),
        Story(
            "two-banks", "A seller of two banks chooses the merchant for a payment.", cast: .twoBanks,
            [
                .says("pay 40 #{tag}"),
                .reads(
                    text(.chooseMerchant, .en, [.amount: "40.00 MDL"]) + "\n" + text(.chooseTapOrNumber),
                    .list("1. Flori Moldova", "2. Librăria Codru")),
                .taps("2. Librăria Codru"), link("40.00 MDL · Librăria Codru · #{tag}"),
                .reads(
                    text(.keepOffer, .en, [.merchant: "Librăria Codru"]),
                    .buttons(text(.keepButton), text(.merchantEach))),
                .pays(),
                paid("40.00 MDL"), .books(["paid"]),
            ]),
        Story(
            "declined", "The customer says no, and the seller reads it.",
            [
                .says("pay 30 \"Tea\" #{tag}"), link("30.00 MDL · Tea · #{tag}"), .declines,
                .reads("Payment declined · 30.00 MDL · {time} · #{tag}", .buttons("New link")),
                .books(["declined"]),
            ]),
        Story(
            "link-expires", "A link ends unpaid; one tap makes a fresh one, which is paid.",
            cast: .shortLived,
            [
                .says("pay 30 \"Tea\" #{tag}"), .reads("30.00 MDL · Tea · #{tag}\n\n{life}", .link),
                .reads("Link expired · 30.00 MDL · {time} · #{tag}", .buttons("New link")),
                .books(["expired"]), .taps("New link"), .reads("30.00 MDL · Tea · #{tag}\n\n{life}", .link),
                .pays(), paid("30.00 MDL"), .books(["expired", "paid"]),
            ]),
        Story(
            "hostile-texts", "Texts that break careless programs are answered in words or charged exactly.",
            [
                .says("pay -5"),
                .reads("The amount cannot be negative. Write it without the minus sign.", .text),
                .says("pay 0"), .reads("The amount must be greater than zero.", .text),
                .says("pay 1.2345"),
                .reads("Too many decimals. Digits after the point for MDL: 2 at most.", .text),
                .says("pay 100 EUR"),
                .reads(
                    "I can only charge in MDL. Send the amount in MDL, without another currency.", .text),
                .says("pay 99999999999999999999999999"),
                .reads("The amount is too large for one payment.", .text),
                .says("pay 7 \"'; drop table payment; -- <b>😀 שלום</b>\" #{tag}"),
                link("7.00 MDL · '; drop table payment; -- <b>😀 שלום</b> · #{tag}"), .pays(),
                paid("7.00 MDL"),
            ]),
    ]
}
