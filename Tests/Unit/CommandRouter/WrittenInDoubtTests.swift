// What was written while it was doubted who holds a phone, and handled when a bank had spoken.
import Contracts
import Copy
import Money
import Testing
import World

@testable import CommandRouter

private func known(_ bank: String, writtenAt: Timestamp) -> BrokerAnswer {
    var seller = record(bank, [merchant("128", "Cafeneaua Veche")])
    seller.holderConfirmedAt = writtenAt
    return .known(seller)
}

@Suite struct `A message written in doubt` {
    @Test func `is obeyed in nothing that was written in doubt, whenever it is handled`() {
        func at(_ seconds: Int64) -> Timestamp { start.advanced(by: .seconds(seconds)) }
        let twice = [known("moldbank", writtenAt: at(2)), known("codrubank", writtenAt: at(8))]
        // Doubted at 0. When a message was written, when the doubt is known to have ended, whose tills obey it.
        let cases: [([BrokerAnswer], written: Int64?, settled: Int64?, obeyedBy: [String]?)] = [
            ([known("moldbank", writtenAt: at(2))], 1, nil, nil),
            ([known("moldbank", writtenAt: at(2))], 2, nil, ["moldbank"]),
            ([known("moldbank", writtenAt: at(2))], nil, nil, ["moldbank"]),
            // Confirmed once more since, of which nobody need take note.
            ([known("moldbank", writtenAt: at(9))], 5, 2, ["moldbank"]),
            ([known("moldbank", writtenAt: at(9))], 1, 2, nil),
            // Each bank speaks for its own tills.
            (twice, 5, nil, ["moldbank"]), (twice, 8, nil, ["moldbank", "codrubank"]), (twice, 1, nil, nil),
        ]
        for (answers, written, settled, obeyedBy) in cases {
            let seller = Seller(
                answers: answers, doubtfulSince: start, settledAt: settled.map(at),
                writtenInDoubtAt: written.map(at))
            guard let obeyedBy else {
                #expect(seller == .confirmedSince(BankRecord(bankId: "moldbank", name: "Moldbank")))
                #expect(
                    text(decide("pay 100", seller))
                        == Catalogue.text(.identityConfirmed, .ro, [.bank: "Moldbank"]))
                continue
            }
            if case .active(let tills, _) = seller {
                #expect(tills.map(\.bank.bankId) == obeyedBy)
            } else {
                Issue.record("\(seller)")
            }
        }
        let doubt = HolderDoubt(raisedAt: start, settledAt: at(2))
        #expect([-1, 0, 1, 2].map { doubt.wasOpen(at: at($0)) } == [false, true, true, false])
        #expect(doubt.ended(after: at(1)) == at(2) && doubt.ended(after: at(2)) == nil)
        let named = HolderDoubt(raisedAt: at(2), settledAt: at(2))
        #expect(!named.wasOpen(at: at(2)) && named.ended(after: start) == nil)
    }
}
