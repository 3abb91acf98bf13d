// The grammar's work grows with a message's length and not with its square. Measured as the ratio of two CPU
// times of this very thread, so that a busy or slow machine changes neither side.
import Glibc
import Money
import Testing

@testable import CommandRouter

@Suite struct `The time a message takes` {
    static let pieces = [
        "a", "1", "1 ", "1 234 ", " 234", "1.", "1.234", ",123", "#a ", "\"", "\"a ", "«\" ", "'a \"b «c ‹d ",
        "\u{301}", "👩‍🍳", "\u{202E}", " ", "\n", "١", "٬١٢٣", "+373 ", "069 ", "(0", "- ", "x 2 ", "de lei ",
        "mii ", "please ", "@", "/", "100 lei 50 ", "!", "#", "№ ",
    ]
    static let beginnings = [
        "", "100 ", "pay 1 ", "/rtp 100 ", "/rtp 069", "status ", "list ", "export ", "lang ",
    ]

    @Test(arguments: pieces) func `is four times as long at most for four times the text`(piece: String) {
        for beginning in Self.beginnings {
            let short = beginning + String(repeating: piece, count: 400)
            let long = beginning + String(repeating: piece, count: 1_600)
            // Quadratic work would be sixteen times as much.
            let ratios = (0..<6).lazy.map { _ in cpu(long) / max(cpu(short), 1e-6) }
            #expect(ratios.contains { $0 < 8 }, "\(beginning)\(piece)…")
        }
    }

    /// Seconds of this thread's CPU time, one reading.
    private func cpu(_ text: String) -> Double {
        var start = timespec()
        var end = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start)
        _ = CommandGrammar.read(text, currency: .mdl)
        _ = CommandGrammar.payer(text)
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end)
        return Double(end.tv_sec - start.tv_sec) + Double(end.tv_nsec - start.tv_nsec) / 1e9
    }
}
