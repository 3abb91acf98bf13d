// Writes a chat as JSON by hand, because load tests ask for whole chats many times a second and the generic
// encoder takes ten times as long. The members are those of `Bubble`'s own coding; a test compares the two.

import JSONWire

extension Bubble {
    /// The same object that `jsonBytes()` would write.
    func write(to json: inout JSONWriter) {
        json.object { bubble in
            bubble.member("id", id)
            bubble.member("direction", direction.rawValue)
            bubble.member("kind", kind.rawValue)
            bubble.member("text", text)
            bubble.member("header", ifAny: header)
            bubble.member("footer", ifAny: footer)
            if let buttons { bubble.member("buttons", array: { Self.write(buttons, to: &$0) }) }
            if let list {
                bubble.member(
                    "list",
                    object: { sheet in
                        sheet.member("button", list.button)
                        sheet.member("sections", array: { Self.write(list.sections, to: &$0) })
                    })
            }
            if let template {
                bubble.member(
                    "template",
                    object: { mark in
                        mark.member("name", template.name)
                        mark.member("language", template.language)
                    })
            }
            if let document {
                bubble.member(
                    "document",
                    object: { file in
                        file.member("mediaId", ifAny: document.mediaId)
                        file.member("filename", document.filename)
                        file.member("mimeType", document.mimeType)
                        if let bytes = document.bytes { file.member("bytes", Int64(bytes)) }
                        file.member("url", document.url)
                    })
            }
            bubble.member("rowId", ifAny: rowId)
            bubble.member("replyTo", ifAny: replyTo)
            bubble.member("status", status.rawValue)
            bubble.member("at", at)
        }
    }

    private static func write(_ buttons: [Button], to json: inout JSONWriter) {
        for button in buttons {
            json.object { entry in
                entry.member("id", ifAny: button.id)
                entry.member("title", button.title)
                entry.member("url", ifAny: button.url)
            }
        }
    }

    private static func write(_ sections: [List.Section], to json: inout JSONWriter) {
        for section in sections {
            json.object { entry in
                entry.member("title", ifAny: section.title)
                entry.member(
                    "rows",
                    array: { rows in
                        for row in section.rows {
                            rows.object { cell in
                                cell.member("id", row.id)
                                cell.member("title", row.title)
                                cell.member("description", ifAny: row.description)
                            }
                        }
                    })
            }
        }
    }
}

extension FakePhone {
    /// The answer to a look at the chat: the newest `limit` bubbles, oldest first, or none when the caller
    /// has them already, which is when `known` is the current revision.
    func chat(known: Int64?, limit: Int, typing: Bool, windowOpen: Bool) -> [UInt8] {
        let unchanged = known == revision
        var json = JSONWriter(capacity: unchanged ? 256 : 16 * 1_024)
        json.object { chat in
            chat.member("phone", phone)
            chat.member("name", name)
            chat.member("typing", typing)
            chat.member("windowOpen", windowOpen)
            chat.member("revision", revision)
            chat.member("unchanged", unchanged)
            chat.member(
                "bubbles",
                array: { list in
                    guard !unchanged else { return }
                    for bubble in bubbles.suffix(limit) { bubble.write(to: &list) }
                })
        }
        return json.bytes
    }
}
