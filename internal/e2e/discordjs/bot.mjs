// A bot written with discord.js, on the sandbox.
import { AttachmentBuilder, Client, Events, GatewayIntentBits, Partials } from "discord.js";

const { DISCORD_API_URL, DISCORD_TOKEN } = process.env;

const client = new Client({
  intents: [GatewayIntentBits.Guilds, GatewayIntentBits.GuildMessageReactions],
  partials: [Partials.Message, Partials.Channel, Partials.Reaction],
  // The gateway's address is asked for at the same place.
  rest: { api: `${DISCORD_API_URL}/api` },
});

client.once(Events.ClientReady, async () => {
  await client.application.commands.set([{
    name: "paint",
    description: "Paint a picture",
    options: [{ type: 11, name: "picture", description: "Which one", required: true }],
  }]);
});

client.on(Events.InteractionCreate, async (interaction) => {
  if (!interaction.isChatInputCommand()) return;
  const picture = interaction.options.getAttachment("picture");
  await interaction.reply("mixing colours");
  const response = await fetch(picture.url);
  const file = new AttachmentBuilder(Buffer.from(await response.arrayBuffer()), { name: "painted.png", description: "a painting" });
  const message = await interaction.editReply({ content: "painted", files: [file] });
  await message.react("🎨");
});

client.on(Events.MessageReactionAdd, async (reaction) => {
  if (reaction.emoji.name !== "🌟") return;
  const message = await reaction.message.fetch();
  await message.reply("thank you");
});

// A promise that nobody awaits would hide what went wrong.
process.on("unhandledRejection", (err) => {
  console.error(err);
  process.exit(1);
});
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => client.destroy().then(() => process.exit(0)));

await client.login(DISCORD_TOKEN);
