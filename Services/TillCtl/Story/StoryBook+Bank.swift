// Bad days at the bank: answers that are lost, callbacks that are lost or lie, keys and tokens that change in
// mid-flow.

import Copy
import Money

extension StoryBook {
    static let bank: [Story] = [
        Story(
            "pay-answer-lost", "The bank's answer to /pay is lost: a fresh attempt, one link, one receipt.",
            [
                .trouble(Trouble("lost", at: "pay", target: .payments)), .says("pay 50 #{tag}"),
                link("50.00 MDL · #{tag}"), .bankBooks(["CREATED", "CREATED"]), .pays(), paid("50.00 MDL"),
                .books(["paid"]),
            ]),
        Story(
            "pay-answer-broken", "A gateway answers 502 in the bank's place: a fresh attempt, one link.",
            [
                .trouble(Trouble("broken", at: "pay", target: .payments)), .says("pay 51 #{tag}"),
                link("51.00 MDL · #{tag}"), .pays(), paid("51.00 MDL"), .books(["paid"]),
            ]),
        Story(
            "lost-callback", "The bank's only callback is lost: the payment is found and told.",
            [
                .trouble(Trouble("lost", at: "callback", target: .payments)), .says("pay 52 #{tag}"),
                link("52.00 MDL · #{tag}"), .pays(), paid("52.00 MDL"), .books(["paid"]),
            ]),
        Story(
            "status-answer-lost", "The callback is lost, and the bank's answers on the payment as well.",
            [
                .trouble(Trouble("lost", at: "callback", target: .payments)),
                .trouble(Trouble("broken", at: "payment", times: 2, target: .payments)),
                .says("pay 53 #{tag}"), link("53.00 MDL · #{tag}"), .pays(), paid("53.00 MDL"),
            ]),
        Story(
            "token-expires", "The bank's tokens run out in mid-flow: a new one, one link.", isAlone: true,
            [
                .says("pay 54 #{tag}"), link("54.00 MDL · #{tag}"), .bankRevokesTokens("moldbank"),
                .says("pay 55 #{tag}"), link("55.00 MDL · #{tag}"), .pays(), paid("55.00 MDL"),
            ]),
        Story(
            "unauthorized", "The bank answers 401 in mid-flow although the token is fresh.",
            [
                .trouble(Trouble("unauthorized", at: "pay", target: .payments)), .says("pay 56 #{tag}"),
                link("56.00 MDL · #{tag}"),
            ]),
        Story(
            "bank-throttles", "The bank answers 429 twice: the link comes later, once.",
            [
                .trouble(Trouble("throttled", at: "pay", times: 2, target: .payments)),
                .says("pay 57 #{tag}"), link("57.00 MDL · #{tag}"), .books(["open"]), .bankBooks(["CREATED"]),
            ]),
        Story(
            "bank-down", "The bank is down: the seller reads it, and a minute later it works.",
            [
                .trouble(Trouble("unavailable", at: "pay", times: 3, target: .payments)),
                .says("pay 58 #{tag}"),
                .reads(text(.bankSilent), .text), .says("pay 58 #{tag}"), link("58.00 MDL · #{tag}"),
                .pays(),
                paid("58.00 MDL"),
            ]),
        Story(
            "slow-bank", "The bank takes its time: one link, when it comes.",
            [
                .trouble(Trouble("slow", at: "pay", delayMs: 1_500, target: .payments)),
                .says("pay 59 #{tag}"), link("59.00 MDL · #{tag}"), .bankBooks(["CREATED"]),
            ]),
        Story(
            "bank-clock-ahead",
            "The bank's clock is ten minutes ahead: everything is told once, at our time.",
            [
                .trouble(Trouble("clockAhead", at: "pay", target: .payments)),
                .trouble(Trouble("clockAhead", at: "callback", target: .payments)),
                .trouble(Trouble("clockAhead", at: "payment", times: 100, target: .payments)),
                .says("pay 64 #{tag}"), link("64.00 MDL · #{tag}"), .pays(), paid("64.00 MDL"),
                .silence(.milliseconds(500)), .books(["paid"]),
            ]),
        Story(
            "bank-clock-behind",
            "The bank's clock is ten minutes behind: its link dies in seconds, another is paid.",
            [
                .trouble(Trouble("clockBehind", at: "pay", target: .payments)),
                .trouble(Trouble("clockBehind", at: "callback", times: 2, target: .payments)),
                .trouble(Trouble("clockBehind", at: "payment", times: 100, target: .payments)),
                .says("pay 65 #{tag}"), link("65.00 MDL · #{tag}"),
                .reads("Link expired · 65.00 MDL · {time} · #{tag}", .buttons("New link")), .taps("New link"),
                link("65.00 MDL · #{tag}"), .pays(), paid("65.00 MDL"), .silence(.milliseconds(500)),
                .books(["expired", "paid"]),
            ]),
    ]

    static let lies: [Story] = [
        Story(
            "forged-callback", "Somebody who is no bank says that it was paid: nothing happens.",
            [
                .says("pay 60 #{tag}"), link("60.00 MDL · #{tag}"), .lies("forged"),
                .silence(.milliseconds(1_200)), .books(["open"]), .pays(), paid("60.00 MDL"),
                .books(["paid"]),
            ]),
        Story(
            "tampered-amount", "A callback with another amount, signed or not, changes nothing.",
            [
                .says("pay 61 #{tag}"), link("61.00 MDL · #{tag}"), .lies("tampered"), .lies("otherAmount"),
                .silence(.milliseconds(1_200)), .books(["open"]), .pays(), paid("61.00 MDL"),
            ]),
        Story(
            "key-rotation", "The bank signs with a new key: the receipt comes all the same.",
            cast: .secondBank, isAlone: true,
            [
                .says("pay 62 #{tag}"), link("62.00 MDL · #{tag}"), .pays(), paid("62.00 MDL"),
                .bankRotatesKey("codrubank"), .says("pay 63 #{tag}"), link("63.00 MDL · #{tag}"), .pays(),
                paid("63.00 MDL"), .books(["paid", "paid"]),
            ]),
    ]
}
