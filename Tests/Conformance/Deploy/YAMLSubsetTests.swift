// The reader that the other suites here trust: what it reads, and that it refuses what it does not know.
import Testing

@Suite struct `The reader of our YAML` {
    @Test func `reads maps, lists, quotations and comments`() throws {
        let read = try YAML.documents(
            """
            # about this file
            a: one   # not text
            b:
              - x
              - "y: z # kept"
              - k: v
                l: w
            c: ["p", q]
            d:
            """)
        #expect(
            read == [
                .map([
                    ("a", .text("one")),
                    (
                        "b",
                        .list([
                            .text("x"), .text("y: z # kept"), .map([("k", .text("v")), ("l", .text("w"))]),
                        ])
                    ),
                    ("c", .list([.text("p"), .text("q")])), ("d", .null),
                ])
            ])
    }

    @Test func `lets a map take what it lacks from an anchor`() throws {
        let read = try YAML.documents(
            "x: &base\n  a: one\n  b: two\ny:\n  <<: *base\n  b: own\n---\nz: last\n")
        #expect(read.count == 2)
        #expect(read[0]["y"]?["a"]?.text == "one")
        #expect(read[0]["y"]?["b"]?.text == "own")
    }

    @Test(arguments: [
        "a:\tb", "a: one\na: two", "a: {b: c}", "a: |\n  text", "- x\ny: z", "a: one\n  b: two",
        "a: *unknown",
        "just words", "a: \"open", "  a: b\nc: d",
    ])
    func `refuses what it does not know`(source: String) {
        #expect(throws: YAML.Refusal.self) { try YAML.documents(source) }
    }
}
