// What becomes of a conversation in its turn: the order of its messages, its window, its pace, and what is told
// together.
import Contracts
import Copy
import Money
import Sealing
import Testing
import World

@testable import Notifier

@Suite struct `A conversation in its turn` {
    private let now = Timestamp(seconds: 1_795_000_000)
    private let planner = OutboxPlanner(
        numbers: [
            "8": SendingNumber(
                phoneNumberId: "8", wabaId: "9", accessToken: Secret(text: "t"),
                place: WallClock(country: "MD"))
        ], limits: .init())

    private func message(
        _ seq: Int64, _ content: MessageContent = .text("Bună"), state: MessageStatusName = .queued,
        key: String? = nil, after: Duration = .zero
    ) throws -> OutboundMessage {
        OutboundMessage(
            messageId: "msg_\(seq)", seq: seq,
            conversation: Conversation(phoneNumberId: "8", peer: "37369000001"),
            state: state, kind: MessageRendering.kind(content), locale: .ro,
            content: try MessageRendering.encoded(content), replyTo: nil, notAfter: nil, requestId: "req",
            traceparent: "", templateOnly: false, attempts: 0, refusals: 0, fence: 0,
            runAt: now.advanced(by: after), updatedAt: now, leaseUntil: nil, coalesceKey: key, mediaId: nil)
    }

    private func paid(_ minor: Int64, remark: PaymentOutcome.Remark? = nil, in currency: Currency = .mdl)
        -> MessageContent
    {
        .outcome(
            PaymentOutcome(
                kind: .paid, amount: Money(minorUnits: minor, currency: currency), description: nil,
                tag: "masa\(minor)", at: now, paymentId: "pay_\(minor)", remark: remark))
    }

    private func turn(_ open: [OutboundMessage], heard: Duration? = .zero, fullAt: Timestamp? = nil)
        -> ConversationTurn
    {
        var turn = ConversationTurn(
            conversation: Conversation(phoneNumberId: "8", peer: "37369000001"),
            window: Window(lastInbound: heard.map { now.advanced(by: .zero - $0) }),
            pace: PersonPace(fullAt: fullAt))
        turn.open = Array(open.prefix(2))
        turn.news = open.filter { $0.kind == "outcome" && $0.state == .queued }
        turn.answers = Array(open.filter { $0.kind != "outcome" }.prefix(1))
        return turn
    }

    private func sent(_ turn: ConversationTurn, at moment: Timestamp? = nil) -> Departure? {
        if case .send(let departure) = planner.decide(turn, pause: nil, now: moment ?? now) {
            departure
        } else {
            nil
        }
    }

    private func waits(_ turn: ConversationTurn) -> Timestamp? {
        if case .wait(let until) = planner.decide(turn, pause: nil, now: now) { until } else { nil }
    }

    @Test func `says of what leaves whether another waits behind it`() throws {
        #expect(try sent(turn([message(1)]))?.isFollowed == false)
        #expect(try sent(turn([message(1), message(2)]))?.isFollowed == true)
    }

    @Test func `in which somebody queues is known until that is asked, and not without bound`() {
        let followed = FollowedMessages(), here = Conversation(phoneNumberId: "8", peer: "1")
        #expect(!followed.take(here))
        followed.note(here)
        followed.note(here)
        #expect(followed.take(here) && !followed.take(here))
        followed.note(here)
        for peer in 2...(FollowedMessages.conversationsMax + 1) {
            followed.note(Conversation(phoneNumberId: "8", peer: "\(peer)"))
        }
        #expect(!followed.take(here), "all but the last are forgotten")
        #expect(
            followed.take(
                Conversation(phoneNumberId: "8", peer: "\(FollowedMessages.conversationsMax + 1)")))
    }

    @Test func `rests when nothing is open, and waits for the message that is on its way`() throws {
        guard case .rest = planner.decide(turn([]), pause: nil, now: now) else {
            Issue.record("did not rest"); return
        }
        #expect(waits(turn([try message(1, state: .sending), try message(2)])) != nil)
        let later = try message(1, after: .seconds(16))
        #expect(waits(turn([later, try message(2)])) == later.runAt)
    }

    @Test func `closes its window a minute before Meta does`() throws {
        let open = Window.length - Window.margin
        #expect(sent(turn([try message(1)], heard: open - .microseconds(1)))?.isChat == true)
        let held = planner.decide(turn([try message(1)], heard: open), pause: nil, now: now)
        guard case .stop(_, .heldBack(.windowClosed), _) = held else { Issue.record("\(held)"); return }
        #expect(sent(turn([try message(1, paid(100))], heard: open))?.isChat == false)
        // A webhook stamped by a clock ahead of ours counts from its arrival, as the ingress stores it.
        let ahead = Window.heard(stamped: now.advanced(by: .seconds(900)), received: now)
        #expect(ahead == now)
    }

    @Test func `lets what was held go first when its hold is over`() throws {
        var turn = turn([try message(5)])
        turn.held = [
            try message(2, state: .held), try message(3, paid(1), state: .held), try message(9, state: .held),
        ]
        guard case .release(let freed) = planner.decide(turn, pause: nil, now: now) else {
            Issue.record("nothing was released"); return
        }
        #expect(freed.map(\.seq) == [2, 3])
        turn.window = Window(lastInbound: nil)
        turn.open = [try message(5, paid(2))]
        turn.held = [try message(2, state: .held)]
        #expect(sent(turn)?.message.seq == 5)
    }

    @Test func `puts aside what its payment's end has overtaken, whatever else it waits for`() throws {
        var dead = try message(1)
        dead.endedAt = now
        for (heard, pause) in [(Duration.zero, nil), (.seconds(90_000), nil), (.zero, 190)]
            as [(Duration, Int?)]
        {
            let pause = pause.map { OutboxPlanner.Pause(code: $0, until: now.advanced(by: .seconds(30))) }
            let decision = planner.decide(turn([dead, try message(2)], heard: heard), pause: pause, now: now)
            guard case .stop(let message, .overtaken, nil) = decision else {
                Issue.record("\(decision)"); return
            }
            #expect(message.seq == 1)
        }
    }

    @Test func `says in the place of a link whose end was told elsewhere that it is over, and nothing else`()
        throws
    {
        var dead = try message(
            1, .link(body: "100,00 MDL · #cafea\n\nValabil 5 minute", button: "b", url: "https://u"))
        dead.overSubject = "pay_abc123"
        let body = try #require(sent(turn([dead]))?.body)
        let text = String(decoding: body, as: UTF8.self)
        #expect(text.contains("100,00 MDL · #cafea · ABC123") && text.contains("status ABC123"))
        #expect(!text.contains("https") && !text.contains("Valabil"))
        var answer = try message(1)
        answer.overSubject = "pay_abc123"
        let said = try #require(sent(turn([answer]))?.body)
        #expect(!String(decoding: said, as: UTF8.self).contains("ABC123"))
    }

    @Test func `pauses with its number and says why`() throws {
        let until = now.advanced(by: .seconds(30))
        let decision = planner.decide(turn([try message(1)]), pause: .init(code: 190, until: until), now: now)
        guard case .stop(_, .heldBack(.account(190)), let wait) = decision else {
            Issue.record("\(decision)"); return
        }
        #expect(wait == .seconds(30))
    }

    @Test func `lets news of money pass answers that have used up their part of the pace`() throws {
        // Thirty answers gone: fifteen tokens are left, and they are not for answers.
        let full = now.advanced(by: .seconds(6 * 30))
        let answer = try message(1), news = try message(2, paid(100))
        #expect(planner.needsNews(turn([answer, news], fullAt: full), now: now))
        #expect(sent(turn([answer, news], fullAt: full))?.message.seq == 2)
        #expect(waits(turn([answer], fullAt: full)) == now.advanced(by: .seconds(6)))
        let spent = now.advanced(by: .seconds(6 * 45))
        #expect(waits(turn([answer, news], fullAt: spent)) == now.advanced(by: .seconds(6)))
    }

    @Test func `lets an answer pass news that gathers, and keeps answers in their order`() throws {
        // Two told at once, so what comes now is gathered until the next six seconds are over.
        func gathering(_ open: [OutboundMessage]) -> ConversationTurn {
            var turn = turn(open)
            turn.pace = PersonPace(fullAt: now, newsFullAt: now.advanced(by: .seconds(12)))
            return turn
        }
        let told = now.advanced(by: .seconds(6))
        let news = try message(1, paid(100), key: "k"), more = try message(2, paid(200), key: "k")
        let link = MessageContent.link(body: "100,00 MDL", button: "b", url: "https://u")
        let asked = gathering([news, more, try message(3, link), try message(4)])
        #expect(planner.needsAnswers(asked, now: now) && !planner.needsNews(asked, now: now))
        let departure = try #require(sent(asked))
        #expect(departure.message.seq == 3 && departure.members.isEmpty && departure.isFollowed)
        #expect(departure.pace.newsFullAt == asked.pace.newsFullAt, "it takes nothing of what news has")
        // The link is on its way, or is tried again later: what was answered after it stays behind it.
        var away = try message(3, link, state: .sending)
        away.updatedAt = now.advanced(by: .milliseconds(-300))
        #expect(waits(gathering([news, away, try message(4)])) == now.advanced(by: .milliseconds(300)))
        let later = try message(3, link, after: .seconds(4))
        #expect(waits(gathering([news, later, try message(4)])) == later.runAt)
        // An end that was told with it, or a doubt, holds for it as for the first.
        var dead = try message(3, link)
        dead.endedAt = now
        guard
            case .stop(let message, .overtaken, nil) = planner.decide(
                gathering([news, dead]), pause: nil, now: now)
        else {
            Issue.record("a dead link left"); return
        }
        #expect(message.seq == 3)
        // Nobody behind it, or only what is told with it: it waits; and once it may leave, it leaves first.
        #expect(waits(gathering([news, more])) == told)
        #expect(sent(asked, at: told)?.message.seq == 1)
        #expect(!planner.needsAnswers(asked, now: told) && planner.needsNews(asked, now: told))
        // News that nobody lets be told together keeps its place.
        var spent = gathering([try self.message(1, paid(100)), try self.message(2)])
        spent.pace = PersonPace(fullAt: now.advanced(by: .seconds(6 * 45)))
        #expect(!planner.needsAnswers(spent, now: now))
    }

    @Test func `tells payments that wait together in one bubble, with their exact total`() throws {
        let three = try [10_000, 2_550, 1].enumerated().map { try message(Int64($0 + 1), paid($1), key: "k") }
        let departure = try #require(sent(turn(three)))
        #expect(departure.members.map(\.seq) == [2, 3])
        let text = String(decoding: try #require(departure.body), as: UTF8.self)
        #expect(text.contains("3 plăți") && text.contains("125,51"))
        for tag in ["#masa10000", "#masa2550", "#masa1"] { #expect(text.contains(tag)) }
    }

    @Test func `tells alone what differs from its neighbours or nobody allows to be told together`() throws {
        let first = try message(1, paid(100), key: "k")
        for other in [
            try message(2, paid(100), key: "other"), try message(2, paid(100)),
            try message(2, paid(100, remark: .again), key: "k"),
            try message(2, paid(100, in: .eur), key: "k"),
            try message(2, paid(.max), key: "k"), try message(2, paid(100), key: "k", after: .seconds(5)),
        ] { #expect(sent(turn([first, other]))?.members.isEmpty == true) }
        let late = try message(1, paid(100, remark: .late), key: "k")
        #expect(sent(turn([late, try message(2, paid(1), key: "k")]))?.members.isEmpty == true)
        #expect(
            sent(turn([try message(1, paid(1), key: "k"), try message(2, paid(1), key: "k")], heard: nil))?
                .members.isEmpty == true)
    }

    @Test func `puts a bounded number of payments into one bubble that Meta takes`() throws {
        let many = try (1...40).map { try message($0, paid(1_000_000_000 + $0), key: "k") }
        let departure = try #require(sent(turn(many)))
        #expect(departure.members.count == OutcomeDigest.paymentsMax - 1)
        #expect(departure.body != nil)
    }

    @Test func `hands a file to Meta before anything is marked`() throws {
        let file = MessageContent.document(
            caption: nil, filename: "a.csv", mediaType: "text/csv", base64: "YQ==")
        var message = try message(1, file)
        #expect(sent(turn([message]))?.body == nil)
        message.mediaId = "media.7"
        let body = try #require(sent(turn([message]))?.body)
        #expect(String(decoding: body, as: UTF8.self).contains("media.7"))
    }
}

@Suite struct `The pace of one person` {
    private let now = Timestamp(seconds: 1_795_000_000)

    @Test func `keeps a reserve that answers do not touch`() {
        var pace = PersonPace()
        let limits = PersonPace.Limits()
        var answers = 0
        while pace.take(.answer, limits, now: now) == nil { answers += 1 }
        #expect(answers == 30)
        var news = 0
        while pace.take(.news, limits, now: now) == nil { news += 1 }
        #expect(news == 15)
        #expect(pace.take(.news, limits, now: now) == now.advanced(by: .seconds(6)))
    }

    @Test func `hurries less with what may be told together, and spends nothing on what waits`() {
        var pace = PersonPace()
        let limits = PersonPace.Limits()
        #expect(pace.take(.newsTogether, limits, now: now) == nil)
        #expect(pace.take(.newsTogether, limits, now: now) == nil)
        let before = pace
        #expect(pace.take(.newsTogether, limits, now: now) == now.advanced(by: .seconds(6)))
        #expect(pace == before)
        #expect(pace.take(.news, limits, now: now) == nil)
    }

    @Test func `counts its tokens as it takes them`() {
        let pace = Pace(interval: .milliseconds(100), burst: 8)
        var fullAt: Timestamp?
        for left in stride(from: 8, to: 0, by: -1) {
            #expect(pace.tokens(fullAt: fullAt, now: now) == left)
            guard case .go(let next) = pace.take(fullAt: fullAt, now: now) else {
                Issue.record("refused"); return
            }
            fullAt = next
        }
        #expect(pace.tokens(fullAt: fullAt, now: now) == 0)
        #expect(pace.tokens(fullAt: fullAt, now: now.advanced(by: .milliseconds(99))) == 0)
        #expect(pace.tokens(fullAt: fullAt, now: now.advanced(by: .milliseconds(100))) == 1)
    }
}
