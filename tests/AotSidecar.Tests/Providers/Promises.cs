using System.Text;
using AotSidecar.Providers.Answers;

namespace AotSidecar.Tests.Providers;

/// <summary>What holds for every sequence of events, whatever the provider sent.</summary>
internal static class Promises
{
    public static void Check(IReadOnlyList<ProviderEvent> events)
    {
        Assert.Single(events, next => next is ProviderEvent.Completed or ProviderEvent.Failed);
        Assert.True(events[^1] is ProviderEvent.Completed or ProviderEvent.Failed);
        Assert.Equal(
            events.OfType<ProviderEvent.MessageStarted>().Select(next => next.OutputIndex).Order(),
            events.OfType<ProviderEvent.MessageDone>().Select(next => next.OutputIndex).Order());
        Assert.Equal(
            events.OfType<ProviderEvent.ReasoningStarted>().Select(next => next.OutputIndex).Order(),
            events.OfType<ProviderEvent.ReasoningDone>().Select(next => next.OutputIndex).Order());
        Assert.Equal(
            events.OfType<ProviderEvent.ToolCallDone>().Count(),
            events.OfType<ProviderEvent.ToolCallDone>().Select(next => next.CallId).Distinct().Count());
        foreach (var done in events.OfType<ProviderEvent.MessageDone>())
        {
            for (var part = 0; part < done.Parts.Count; part++)
            {
                var sent = events.OfType<ProviderEvent.TextDelta>()
                    .Where(delta => delta.OutputIndex == done.OutputIndex && delta.ContentIndex == part);
                Assert.Equal(done.Parts[part].Text, string.Concat(sent.Select(delta => Encoding.UTF8.GetString(delta.Utf8.Span))));
            }
        }
    }
}
