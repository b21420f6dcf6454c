using AotSidecar.ChatKit.Protocol;

namespace AotSidecar.ChatKit.Threads;

/// <summary>An item's visible text, for search.</summary>
internal static class VisibleText
{
    public static bool Has(ThreadItem item, string text) =>
        Of(item).Any(part => part is not null && part.Contains(text, StringComparison.OrdinalIgnoreCase));

    private static IEnumerable<string?> Of(ThreadItem item) => item switch
    {
        UserMessageItem message => [string.Concat(message.Content.Select(static part => part.Text)), message.QuotedText, .. message.Attachments.Select(static a => a.Name)],
        AssistantMessageItem message => message.Content.Select(static part => part.Text),
        StructuredInputItem questions => questions.Inputs.SelectMany(static input => (IEnumerable<string?>)[input.Question, .. input.Answer?.Values ?? []]),
        WidgetItem widget => [widget.CopyText],
        WorkflowItem workflow => [workflow.Workflow.Summary?.Title, .. workflow.Workflow.Tasks.SelectMany(OfTask)],
        TaskItem task => OfTask(task.Task),
        _ => [],
    };

    private static IEnumerable<string?> OfTask(WorkTask task) => task switch
    {
        CustomTask custom => [custom.Title, custom.Content],
        ThoughtTask thought => [thought.Title, thought.Content],
        WebSearchTask search => [search.Title, search.TitleQuery, .. search.Queries],
        _ => [task.Title],
    };
}
