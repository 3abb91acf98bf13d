// Webhooks beside single messages: many updates in one POST, people who change number or phone, and what
// Meta decides about templates.

import JSONWire
package import World

extension MetaWebhook {
    /// One message of a batch.
    package struct Said: Sendable {
        package var bubble: Bubble
        package var phone: FakePhone
        package var at: Timestamp
    }

    /// Many texts in one POST: a change for every ten, so that readers of the first one only are found out.
    /// `padding` bytes of a field that nobody subscribed to on purpose make it as large as Meta allows.
    package func batch(_ said: [Said], padding: Int) -> [UInt8] {
        entry(at: nil) { changes in
            if padding > 0 {
                change("history", to: &changes) { value in
                    value.member("messaging_product", "whatsapp")
                    metadata(&value)
                    value.member("chunk", String(repeating: "x", count: padding))
                }
            }
            for start in stride(from: 0, to: said.count, by: 10) {
                change("messages", to: &changes) { value in
                    value.member("messaging_product", "whatsapp")
                    metadata(&value)
                    let part = said[start..<min(start + 10, said.count)]
                    value.member(
                        "contacts",
                        array: { list in for one in part { list.object { contact(&$0, one.phone) } } })
                    value.member(
                        "messages",
                        array: { list in
                            for one in part {
                                write(
                                    one.bubble, from: one.phone, at: one.at, type: "text",
                                    content: {
                                        $0.member("text", object: { $0.member("body", one.bubble.text) })
                                    }, to: &list)
                            }
                        })
                }
            }
        }
    }

    /// A system message without contacts: the number in `from` is the old one.
    package func changedNumber(
        _ id: String, from old: String, person: FakePhone, previous: String, at now: Timestamp
    ) -> [UInt8] {
        envelope { value in
            value.member(
                "messages",
                array: { list in
                    list.object { message in
                        message.member("from", String(old.dropFirst()))
                        message.member("from_user_id", previous)
                        message.member("id", id)
                        message.member("timestamp", String(now.seconds))
                        message.member(
                            "system",
                            object: { system in
                                system.member("body", "User changed from \(old) to \(person.phone)")
                                system.member("wa_id", person.waId)
                                system.member("user_id", person.userId)
                                system.member("type", "user_changed_number")
                            })
                        message.member("type", "system")
                    }
                })
        }
    }

    /// The older shape, which comes with contacts.
    package func changedIdentity(_ id: String, _ person: FakePhone, at now: Timestamp) -> [UInt8] {
        envelope { value in
            value.member("contacts", array: { $0.object { contact(&$0, person) } })
            value.member(
                "messages",
                array: { list in
                    list.object { message in
                        if person.shown != .hidden { message.member("from", person.waId) }
                        if person.shown != .phone { message.member("from_user_id", person.userId) }
                        message.member("id", id)
                        message.member("timestamp", String(now.seconds))
                        message.member(
                            "system",
                            object: { system in
                                system.member("body", "User's identity has changed")
                                system.member("type", "customer_identity_changed")
                            })
                        message.member(
                            "identity",
                            object: { identity in
                                identity.member("acknowledged", false)
                                identity.member("created_timestamp", String(now.seconds))
                                identity.member("hash", person.identityKey)
                            })
                        message.member("type", "system")
                    }
                })
        }
    }

    /// The field `user_id_update`: which business-scoped id followed which.
    package func userIdUpdate(_ person: FakePhone, previous: String, at now: Timestamp) -> [UInt8] {
        entry(at: now) { changes in
            change("user_id_update", to: &changes) { value in
                value.member("messaging_product", "whatsapp")
                metadata(&value)
                value.member(
                    "user_id_update",
                    array: { list in
                        list.object { update in
                            if person.shown != .hidden { update.member("wa_id", person.waId) }
                            update.member("detail", "User ID updated")
                            update.member(
                                "user_id",
                                object: { ids in
                                    ids.member("previous", previous)
                                    ids.member("current", person.userId)
                                })
                            update.member("timestamp", String(now.seconds))
                        }
                    })
            }
        }
    }

    /// What Meta decided about a template. The language comes with a hyphen here, the id as a number.
    package func template(_ news: TemplateNews, at now: Timestamp) -> [UInt8] {
        entry(at: now) { changes in
            switch news {
            case .status(let entry):
                change("message_template_status_update", to: &changes) { value in
                    value.member("event", entry.status.rawValue)
                    template(entry, to: &value)
                    value.member("reason", entry.reason)
                    value.member("message_template_category", entry.category)
                    if entry.status == .paused {
                        value.member(
                            "other_info",
                            object: { info in
                                info.member("title", "FIRST_PAUSE")
                                info.member("description", "Its quality is low; it is paused for 3 hours.")
                            })
                    }
                    if entry.status == .disabled {
                        value.member(
                            "disable_info", object: { $0.member("disable_date", String(now.seconds)) })
                    }
                }
            case .category(let entry, let previous):
                change("template_category_update", to: &changes) { value in
                    template(entry, to: &value)
                    value.member("previous_category", previous)
                    value.member("new_category", entry.category)
                }
            }
        }
    }

    private func template(_ entry: TemplateEntry, to value: inout JSONWriter) {
        value.member("message_template_id", entry.id)
        value.member("message_template_name", entry.name)
        value.member("message_template_language", entry.language.replacing("_", with: "-"))
    }
}
