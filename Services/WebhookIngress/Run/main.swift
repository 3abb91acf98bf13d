// The program `webhook-ingress`. Nothing but the start of the service.
import Lifecycle
import WebhookIngress

await Program.run(name: "webhook-ingress", schema: WebhookIngressSchema.schema) { setup in
    try await WebhookIngressService.start(setup)
}
