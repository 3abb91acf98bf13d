// What one attempt at a rail can become, and what its news mean for the payment.
import EcommGateway
import Mia
import Testing

private let final: [AttemptState] = [.paid, .failed, .declined, .expired]
private let events: [AttemptEvent] =
    [.linkIssued, .refused, .answerLost, .neverSent] + RailStatus.allCases.map { .reported($0) }
private let states: [AttemptState] = AttemptState.allCases

@Suite struct `An attempt at a rail` {
    @Test func `keeps the first final report`() {
        for state in final { for event in events { #expect(AttemptState.next(state, event) == state) } }
    }

    @Test func `believes a report whatever was guessed before`() {
        for state in states where !final.contains(state) {
            #expect(AttemptState.next(state, .reported(.paid)) == .paid)
            #expect(AttemptState.next(state, .reported(.failed)) == .failed)
            #expect(AttemptState.next(state, .reported(.declined)) == .declined)
            #expect(AttemptState.next(state, .reported(.expired)) == .expired)
            #expect(AttemptState.next(state, .reported(.pending)) == .pending)
            #expect(AttemptState.next(state, .reported(.created)) == (state == .pending ? .pending : .open))
        }
    }

    @Test(arguments: [
        (AttemptEvent.linkIssued, AttemptState.open), (.refused, .refused), (.answerLost, .unknown),
        (.neverSent, .unsent),
    ])
    func `is decided by the first answer to its call`(event: AttemptEvent, state: AttemptState) {
        #expect(AttemptState.next(.asking, event) == state)
        for later in [AttemptEvent.refused, .answerLost, .neverSent] {
            #expect(AttemptState.next(state, later) == state)
        }
    }

    @Test func `may still get its link after its answer was given up`() {
        #expect(AttemptState.next(.unknown, .linkIssued) == .open)
    }

    @Test func `that was replaced concerns its payment only with money`() {
        for status in RailStatus.allCases {
            #expect(status.event(stands: true) != nil)
            #expect((status.event(stands: false) != nil) == [.pending, .paid].contains(status))
        }
        #expect(RailStatus.paid.event(stands: false) == .bankPaid)
    }

    @Test func `reads the bank's words and concludes nothing from a new one`() {
        #expect(
            MiaStatus.known.map(RailStatus.init) == [.created, .pending, .paid, .failed, .declined, .expired])
        #expect(RailStatus(MiaStatus("COMPLETED")) == nil)
    }
}

@Suite struct `The janitor's schedule` {
    @Test(arguments: [
        (0, 0, 4), (29, 0, 4), (30, 0, 15), (179, 0, 15), (180, 0, 60), (1_799, 0, 60), (1_800, 0, 120),
        (86_399, 0, 120), (0, 1, 4), (0, 3, 4), (60, 1, 4), (60, 3, 8), (60, 4, 15), (1_800, 1, 4),
        (1_800, 4, 16), (1_800, 5, 30), (1_800, 1_000, 30),
    ])
    func `asks in seconds at first, then every minute or two`(age: Int, unanswered: Int, seconds: Int) {
        #expect(JanitorSchedule.delay(age: .seconds(age), unanswered: unanswered) == .seconds(seconds))
    }

    @Test func `never asks more often as a payment grows older, and soon again what was not answered`() {
        for unanswered in 0..<10 {
            for age in stride(from: 0, to: 7_200, by: 10) {
                let now = JanitorSchedule.delay(age: .seconds(age), unanswered: unanswered)
                #expect(now <= JanitorSchedule.delay(age: .seconds(age + 10), unanswered: unanswered))
                #expect((.seconds(4)...(.seconds(unanswered == 0 ? 120 : 30))).contains(now))
            }
        }
    }

    @Test(arguments: [(nil, 1_800), (90, 120), (300, 330), (1_770, 1_800), (7_200, 1_800)] as [(Int?, Int)])
    func `gives up a link that nobody saw soon after its life`(life: Int?, seconds: Int) {
        #expect(JanitorSchedule.unknownLapses(life: life.map { .seconds($0) }) == .seconds(seconds))
    }

    @Test func `bears a clock that went back`() {
        #expect(JanitorSchedule.delay(age: .seconds(-5), unanswered: -1) == .seconds(4))
    }
}
