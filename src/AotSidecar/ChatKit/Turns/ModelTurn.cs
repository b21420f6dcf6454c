using System.Text.Json;
using System.Text;
using AotSidecar.Bridge;
using AotSidecar.ChatKit.Protocol;
using AotSidecar.ChatKit.Threads;
using AotSidecar.ChatKit.Tools;
using AotSidecar.Failures;
using AotSidecar.Http;
using AotSidecar.Providers.Answers;
using AotSidecar.Providers.Client;
using AotSidecar.Providers.Failures;
using AotSidecar.Providers.Requests;
using AotSidecar.Sessions;

namespace AotSidecar.ChatKit.Turns;

/// <summary>
/// Has the model answer a thread: sends the conversation, maps what comes back, runs the tools it asks for in the
/// extension host and asks again with their results, until it answers, a client tool has to run in the page, or the
/// rounds are used up.
/// </summary>
internal sealed class ModelTurn(
    IModelClient models, IExtensionHost host, ModelInput modelInput, HostToolCatalog catalog, HostTools hostTools, ThreadTitles titles,
    MemoryBudget budget, ChatKitOptions options, TimeProvider clock, ILogger<ModelTurn> logger)
{
    /// <summary>Items from which writing the request takes over 100 µs.</summary>
    private const int LongThread = 200;

    public async Task RunAsync(TurnContext context, CancellationToken cancellationToken)
    {
        var mayName = titles.MayName(context.Pipeline.Thread);
        await AnswerAsync(context, cancellationToken);
        if (mayName)
        {
            await titles.NameAsync(context, cancellationToken);
        }
    }

    private async Task AnswerAsync(TurnContext context, CancellationToken cancellationToken)
    {
        var pipeline = context.Pipeline;
        var workflow = new WorkflowWriter(pipeline, clock);
        var tools = await catalog.ListAsync(cancellationToken);
        var clientTools = context.Session.Grant.ClientTools;
        if (pipeline.Thread.Count > LongThread)
        {
            await SocketThreads.LeaveAsync();
        }

        var background = await TurnBackground.AskAsync(host, pipeline, logger, cancellationToken);
        var history = pipeline.Thread.History();
        using var room = budget.TryEnter(modelInput.RoomFor(history)) ?? throw new FailureException(Failure.MemoryFull);
        using var answers = new AnswerRoom(budget);
        var input = modelInput.From(history, background);
        EndWithWhatIsAnswered(input);
        var images = new ToolImages(context.Provider.Api);
        for (var round = 1; ; round++)
        {
            var request = CreateRequest(context, input, [.. Declare(clientTools), .. tools.Declared(clientTools)]);
            var response = await StreamAsync(context, request, workflow, answers, cancellationToken);
            if (response.Completed is not CompletionReason.ToolCalls)
            {
                workflow.Close();
                TellReason(pipeline, response, round);
                return;
            }

            // Host tools run first: a client tool ends the turn.
            var clientCall = response.Calls.FirstOrDefault(IsClientCall);
            var hostCalls = response.Calls.Where(call => !IsClientCall(call)).ToList();
            if (clientCall is null && round >= options.MaxToolRounds)
            {
                workflow.Close();
                pipeline.Emit(new NoticeEvent("warning", $"Stopped after {round} rounds of tool calls without an answer."));
                return;
            }

            var results = hostCalls.Count > 0
                ? await hostTools.RunAsync(hostCalls, response.CallsLeftOut, tools, pipeline, workflow, cancellationToken)
                : new ToolRound([], Asks: false);
            if (results.Asks || clientCall is not null)
            {
                workflow.Close();
                if (!results.Asks)
                {
                    EmitClientCall(pipeline, clientCall!);
                }

                return;
            }

            foreach (var (text, replay) in response.Said)
            {
                ModelInput.AddReasoning(input, replay.Reasoning);
                input.Add(new InputItem.Assistant(text, replay.Phase));
            }

            foreach (var (result, _) in results.Results)
            {
                ModelInput.AddReasoning(input, result.Reasoning);
                input.Add(new InputItem.FunctionCall(result.CallId, result.Name, result.Arguments) { Extras = result.Extras });
            }

            input.AddRange(results.Results.Select(images.Output));
        }

        bool IsClientCall(ToolCall call) => clientTools.Any(tool => tool.Name == call.Name);
    }

    /// <summary>
    /// When an answer is written again, an earlier answer that stays on screen right before it is left out: some
    /// providers refuse to continue from an assistant message.
    /// </summary>
    private static void EndWithWhatIsAnswered(List<InputItem> input)
    {
        var last = input.FindLastIndex(static item => item is InputItem.User or InputItem.FunctionOutput);
        input.RemoveRange(last + 1, input.Count - last - 1);
    }

    private async Task<ProviderEventMapper> StreamAsync(
        TurnContext context, ModelRequest request, WorkflowWriter workflow, AnswerRoom room, CancellationToken cancellationToken)
    {
        var mapper = new ProviderEventMapper(context.Pipeline, workflow, room);
        var stream = context.Pipeline.Stream;
        var events = models.StreamAsync(context.Provider, request, cancellationToken).GetAsyncEnumerator(cancellationToken);
        await using (events)
        {
            while (true)
            {
                var next = events.MoveNextAsync();
                var more = next.IsCompletedSuccessfully ? next.Result : await stream.WaitAsync(next, cancellationToken);
                if (!more)
                {
                    break;
                }

                mapper.Map(events.Current);
                if (stream.NeedsFlush)
                {
                    await stream.FlushAsync(cancellationToken);

                    // A fast provider never makes this loop wait; leave the polling thread, so that its other sockets
                    // get their turn.
                    await SocketThreads.LeaveAsync();
                }
            }
        }

        if (mapper.Failure is { } failure)
        {
            workflow.Close();
            logger.ProviderFailed(failure.Code, failure.RequestId ?? "-");
            throw new UpstreamException(failure);
        }

        return mapper;
    }

    /// <summary>The model comes from the message, the session, the host or the flag, in this order.</summary>
    private ModelRequest CreateRequest(TurnContext context, List<InputItem> input, IReadOnlyList<FunctionTool> tools)
    {
        var grant = context.Session.Grant;
        var forced = context.Options?.ToolChoice?.Id;
        return new ModelRequest
        {
            Model = context.Options?.Model ?? grant.Model ?? context.Provider.DefaultModel,
            Instructions = grant.Instructions ?? options.Instructions,
            Input = input,
            Tools = tools,
            ForcedTool = input.Count > 0 && input[^1] is InputItem.User && tools.Any(tool => tool.Name == forced) ? forced : null,
            ConversationId = context.Pipeline.Thread.Id,
        };
    }

    private static IEnumerable<FunctionTool> Declare(IReadOnlyList<ClientTool> tools) =>
        tools.Select(static tool => new FunctionTool(tool.Name, tool.Description, tool.Parameters));

    /// <summary>
    /// Sent once, as the last <c>done</c>: the page runs the tool for each event with the call, and answers after the
    /// stream's end.
    /// </summary>
    private static void EmitClientCall(TurnPipeline pipeline, ToolCall call)
    {
        JsonElement arguments;
        try
        {
            // Serialize once as a check: arguments with a lone surrogate would break this stream and every list of the
            // thread.
            arguments = JsonElement.Parse(JsonSerializer.SerializeToUtf8Bytes(
                JsonElement.Parse(Encoding.UTF8.GetBytes(call.Arguments)), ChatKitJson.Wire.JsonElement));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            arguments = default;
        }

        if (arguments.ValueKind != JsonValueKind.Object)
        {
            throw new FailureException(Failure.InvalidToolCall);
        }

        pipeline.Emit(
            new ItemDoneEvent(new ClientToolCallItem
            {
                Id = pipeline.ChooseId(call.ItemId, "fc", ItemIds.ToolCall),
                ThreadId = pipeline.Thread.Id,
                CreatedAt = pipeline.Now(),
                CallId = call.CallId,
                Name = call.Name,
                Arguments = arguments,
            }),
            new Replay { Reasoning = call.Reasoning, Extras = call.Extras });
    }

    /// <summary>The page shows no notice in a turn without items, so this is an error, with a retry.</summary>
    private static void TellReason(TurnPipeline pipeline, ProviderEventMapper response, int round)
    {
        var reason = response.Completed switch
        {
            CompletionReason.Length => "The answer was cut: the model's limit for one answer was reached.",
            CompletionReason.ContentFilter => "The answer was cut by the provider's content filter.",
            CompletionReason.Stop when !response.ShowedAnything => "The model answered with nothing.",
            _ => null,
        };
        if (reason is not null && !response.ShowedAnything && round == 1)
        {
            throw new FailureException(new Failure(502, "empty_answer", reason, Retryable: true));
        }

        if (reason is not null)
        {
            pipeline.Emit(new NoticeEvent("warning", reason));
        }
    }
}
