"""Discord."""

from config.settings.channels.base import SEVERITIES, Config, OwnChannel, credential_file, template


class DiscordChannel(OwnChannel):
    """Messages in a Discord channel; the URL of its webhook is the secret `discordWebhookUrl[-<receiver>]`."""

    title = "Discord"
    configs = "discord_configs"
    secrets = ("discordWebhookUrl",)
    severities = SEVERITIES

    def config(self, address: object, suffix: str = "") -> Config:  # noqa: ARG002 - itself
        return {
            "webhook_url_file": credential_file(f"discordWebhookUrl{suffix}"),
            "send_resolved": True,
            "title": template("markdown.title"),
            "message": template("markdown.text"),
        }
