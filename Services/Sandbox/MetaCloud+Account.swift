// The business account at Meta: its templates and its files. What changes by itself or by a person's decision
// is told to the business in a webhook of the account.

import World

extension MetaCloud {
    mutating func createTemplate(_ draft: TemplateDraft, now: Timestamp) throws(GraphError) -> (
        TemplateEntry, [Effect]
    ) {
        let entry = try templates.create(draft, now: now)
        return (entry, [.keepTemplate(entry)])
    }

    mutating func editTemplate(_ id: Int64, _ draft: TemplateDraft, now: Timestamp) throws(GraphError)
        -> [Effect]
    {
        [.keepTemplate(try templates.edit(id, draft, now: now))]
    }

    /// Empty when there was nothing to delete.
    mutating func deleteTemplates(name: String?, ids: [Int64]) -> [Effect] {
        templates.delete(name: name, ids: ids).map { .keepTemplate($0) }
    }

    /// A person at Meta decides about one template; nil when there is no such template.
    mutating func decideTemplate(
        _ name: String, _ language: String, status: TemplateStatus?, reason: String?, category: String?,
        now: Timestamp
    ) -> [Effect]? {
        templates.decide(name, language, status: status, reason: reason, category: category).map {
            tell($0, now)
        }
    }

    mutating func setReview(_ review: TemplateBoard.Review) { templates.review = review }

    /// Lets time pass: reviews end.
    mutating func advance(to now: Timestamp) -> [Effect] { tell(templates.advance(to: now), now) }

    mutating func restore(_ template: TemplateEntry) { templates.restore(template) }

    private func tell(_ news: [TemplateNews], _ now: Timestamp) -> [Effect] {
        news.flatMap { piece -> [Effect] in
            let entry =
                switch piece {
                case .status(let entry): entry
                case .category(let entry, _): entry
                }
            let post = Post(
                lane: "account", after: .zero, body: webhook.template(piece, at: now), deliveredBubble: nil)
            return [.keepTemplate(entry), .post(post)]
        }
    }

    // MARK: files

    mutating func upload(_ file: MediaFile) { media.put(file) }

    func file(_ id: String, now: Timestamp) -> MediaFile? { media.file(id, now: now) }

    mutating func removeFile(_ id: String, now: Timestamp) -> Bool { media.remove(id, now: now) }
}
