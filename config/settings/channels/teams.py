"""Microsoft Teams."""

from config.settings.channels.base import SEVERITIES, Config, OwnChannel, credential_file, template


class TeamsChannel(OwnChannel):
    """Cards in Microsoft Teams, posted by a workflow ("When a Teams webhook request is received").

    The workflow's URL is the secret `teamsWebhookUrl`, or `teamsWebhookUrl-<receiver>`.
    """

    title = "Microsoft Teams"
    configs = "msteamsv2_configs"
    secrets = ("teamsWebhookUrl",)
    severities = SEVERITIES

    def config(self, address: object, suffix: str = "") -> Config:  # noqa: ARG002 - itself
        return {
            "webhook_url_file": credential_file(f"teamsWebhookUrl{suffix}"),
            "send_resolved": True,
            "title": template("markdown.title"),
            "text": template("markdown.text"),
        }
