// The error table, row by row, and the two envelopes that a send can be answered with.
import Testing
import WhatsApp

@Suite struct `An error of the Cloud API` {
    /// codes, action, alert, and "bug" where our own request was wrong.
    static let table = """
        0,3,10,33,104,190,200,210,299,368,131005,131031,131037,131042,131045  suspend  now  -
        1,131000,131036                                          retrySoon         afterRetries  -
        2,131057,133004,2494100                                  retryInMinutes    never         -
        4,80007,80008                                            retrySlowly       afterRetries  -
        100,131008,131009,132000,132005,132012,132018,135000     drop              now           bug
        130403,130472,131021,131026,131030,131041,131049,131050  drop              never         -
        130429,131016                                            retrySoon         never         -
        130497,131035,132007,132068,132069,134100,134101,134102         drop              now           -
        131047                                                   useTemplate       never         -
        131048,131063,131064,134011                              suspend           now           -
        131051,131052,131053,131055,131059,131060                drop              never         -
        131056                                                   retryPair         never         -
        131062                                                   usePhone          never         -
        132001,132015,132016                                     useOtherTemplate  now           -
        133000,133005,133006,133008,133009,133010,133015,133016  suspend           now           -
        137000                                                   blockIdentity     now           -
        2388019,2388039,2388040,2388047,2388072,2388073,2388293,2388299  drop      now           bug
        """.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }

    @Test func `has the reaction that the table says, whatever the HTTP status`() {
        var seen = Set<Int>()
        for row in Self.table {
            for code in row[0].split(separator: ",").compactMap({ Int($0) }) {
                seen.insert(code)
                for status in [0, 400, 500] {
                    let reaction = GraphErrorReaction.reaction(to: code, httpStatus: status)
                    #expect(reaction.action.rawValue == row[1], "\(code)")
                    #expect(reaction.alert.rawValue == row[2], "\(code)")
                    #expect(reaction.isOurBug == (row[3] == "bug"), "\(code)")
                }
            }
        }
        #expect(seen.isSuperset(of: GraphErrorReaction.table.keys))
    }

    @Test(
        arguments: [
            (nil, 500, true), (nil, 503, true), (nil, 429, true), (nil, 400, false), (nil, 401, false),
            (999_999, 500, true), (999_999, 400, false), (999_999, 0, false),
        ] as [(Int?, Int, Bool)])
    func `that is unknown is repeated only where the server was at fault`(
        code: Int?, status: Int, again: Bool
    ) {
        #expect(GraphErrorReaction.reaction(to: code, httpStatus: status).isRetryable == again)
    }

    @Test func `waits longer with every attempt, up to a limit`() {
        let pair = GraphErrorReaction(.retryPair)
        #expect((1...5).map { pair.delaySeconds(afterAttempt: $0) } == [1, 4, 16, 64, 256])
        for action in GraphErrorReaction.Action.allCases {
            let reaction = GraphErrorReaction(action)
            let delays = (-1...100).map { reaction.delaySeconds(afterAttempt: $0) }
            #expect(delays.allSatisfy { ($0 != nil) == reaction.isRetryable })
            #expect(delays.compactMap(\.self).allSatisfy { (1...3600).contains($0) })
            #expect(zip(delays, delays.dropFirst()).allSatisfy { $0 ?? 0 <= $1 ?? 0 })
        }
    }

    @Test func `is read from its envelope`() {
        let body = """
            {"error":{"message":"(#130429) Rate limit hit","type":"OAuthException","code":130429,
            "error_data":{"messaging_product":"whatsapp","details":"D"},"error_subcode":2494055,
            "fbtrace_id":"T"}}
            """
        #expect(GraphError(parsing: Array(body.utf8)) == GraphError(code: 130429, details: "D", traceId: "T"))
        #expect(GraphError(parsing: Array("<html>".utf8)) == nil)
        #expect(GraphError(parsing: Array(#"{"error":{"code":"x"}}"#.utf8)) == nil)
    }

    @Test func `is not what an acceptance is`() {
        let body = """
            {"messaging_product":"whatsapp","contacts":[{"input":"+1","wa_id":"1"}],
            "messages":[{"id":"wamid.A","message_status":"accepted"}]}
            """
        let answer = SendAnswer(parsing: Array(body.utf8))
        #expect(answer?.wamid == "wamid.A" && answer?.waId == "1" && answer?.messageStatus == "accepted")
        #expect(SendAnswer(parsing: Array(#"{"messages":[]}"#.utf8)) == nil)
        #expect(SendAnswer(parsing: Array(#"{"error":{"code":1}}"#.utf8)) == nil)
    }
}
