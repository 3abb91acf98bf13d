// Damaged messages: bytes flipped, doubled, dropped and swapped by a seed. Whatever comes, the parsers must
// neither trap nor read a message differently because it was cut elsewhere. A failure prints the bytes.
import HTTPWire
import Testing

@Suite struct `A damaged message` {
    /// A small generator of our own, so that a run is a function of its seed.
    private struct Seeded {
        var state: UInt64

        mutating func below(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
    }

    private static let hot = Array("\r\n\t :;,=\"0aF%/\u{0}\u{7f}".utf8)

    private static func damage(_ input: [UInt8], _ seed: inout Seeded) -> [UInt8] {
        var out = input
        for _ in 0...seed.below(3) where !out.isEmpty {
            let place = seed.below(out.count)
            switch seed.below(5) {
            case 0: out[place] = hot[seed.below(hot.count)]
            case 1: out[place] = UInt8(seed.below(256))
            case 2: out.remove(at: place)
            case 3: out.insert(hot[seed.below(hot.count)], at: place)
            default: out.insert(contentsOf: out[place..<min(place + seed.below(20), out.count)], at: place)
            }
        }
        return out
    }

    private static func pieces(_ input: [UInt8], _ seed: inout Seeded) -> [[UInt8]] {
        var rest = input[...], pieces: [[UInt8]] = []
        while !rest.isEmpty {
            let count = min(rest.count, 1 + seed.below(40))
            pieces.append(Array(rest.prefix(count)))
            rest = rest.dropFirst(count)
        }
        return pieces
    }

    @Test func `is read or refused the same way however it is cut, and never traps`() {
        var seed = Seeded(state: 20_261_121)
        let requests = OwnTable.rows("http/requests.table").map { OwnTable.octets($0[0]) }
        let answers = OwnTable.rows("http/answers.table").map { OwnTable.octets($0[1]) }
        #expect(!requests.isEmpty && !answers.isEmpty)
        for _ in 0..<4000 {
            let request = Self.damage(requests[seed.below(requests.count)], &seed)
            let whole = WireTrace.requests([request]), cut = WireTrace.requests(Self.pieces(request, &seed))
            #expect(whole == cut, "\(String(decoding: request, as: UTF8.self).debugDescription)")
            let answer = Self.damage(answers[seed.below(answers.count)], &seed)
            let one = WireTrace.answers([answer], closes: true)
            let other = WireTrace.answers(Self.pieces(answer, &seed), closes: true)
            #expect(one == other, "\(String(decoding: answer, as: UTF8.self).debugDescription)")
        }
    }
}
