using AotSidecar.Providers.Answers;
using AotSidecar.Providers.Sse;

namespace AotSidecar.Providers.Responses;

/// <summary>One output item while its events come in. Unknown types become <see cref="Ignored"/>.</summary>
internal abstract class ResponsesItem(int index)
{
    /// <summary>Our index: the wire's, unless a server reuses one.</summary>
    public int Index { get; } = index;

    public bool Done { get; protected set; }

    public static ResponsesItem Create(JsonValue item, int index, ResponsesTurn turn)
    {
        var type = item["type"u8];
        var id = item["id"u8].TextOrNullIfEmpty;
        return type switch
        {
            _ when type.Is("message"u8) => new Message(index, item, turn),
            _ when type.Is("reasoning"u8) => new Reasoning(index, turn),
            _ when type.Is("function_call"u8) || type.Is("custom_tool_call"u8) => new Call(index, id, item, turn),
            _ when type.Is("mcp_approval_request"u8) => new Approval(index, turn),
            _ when HostedItem.ToolOf(type) is { } tool => new Hosted(index, id, tool, turn),
            _ => new Ignored(index),
        };
    }

    public void Complete(JsonValue item)
    {
        if (!Done)
        {
            Done = true;
            CompleteCore(item);
        }
    }

    /// <summary>Closes what was started, without the finished item.</summary>
    public virtual void Close(bool incomplete) => Done = true;

    protected abstract void CompleteCore(JsonValue item);

    public sealed class Message : ResponsesItem
    {
        public Message(int index, JsonValue item, ResponsesTurn turn)
            : base(index) => Text = new TurnMessage(index, item["id"u8].TextOrNullIfEmpty, turn.Sink, turn.Context.Limits)
            {
                Phase = item["phase"u8].TextOrNullIfEmpty,
            };

        public TurnMessage Text { get; }

        public override void Close(bool incomplete)
        {
            Done = true;
            Text.Close(incomplete);
        }

        protected override void CompleteCore(JsonValue item)
        {
            Text.Phase = item["phase"u8].TextOrNullIfEmpty ?? Text.Phase;
            Text.CompleteFrom(item["content"u8]);
            Text.Close(item["status"u8].Is("incomplete"u8));
        }
    }

    public sealed class Reasoning : ResponsesItem
    {
        public Reasoning(int index, ResponsesTurn turn)
            : base(index)
        {
            Text = new TurnReasoning(index, turn.Sink, turn.Context.Origin, turn.Context.Limits);
            Text.Start();
        }

        public TurnReasoning Text { get; }

        public override void Close(bool incomplete)
        {
            Done = true;
            Text.Close();
        }

        protected override void CompleteCore(JsonValue item) => Text.Complete(item);
    }

    public sealed class Call : ResponsesItem
    {
        private readonly ResponsesTurn _turn;
        private readonly string? _itemId;
        private string? _callId;
        private string? _name;

        public Call(int index, string? itemId, JsonValue item, ResponsesTurn turn)
            : base(index)
        {
            _turn = turn;
            _itemId = itemId;
            Arguments = new CallArguments(turn.Context.Limits.Arguments);
            Name(item);
        }

        public CallArguments Arguments { get; }

        /// <summary>Some servers complete the response without having finished the call.</summary>
        public override void Close(bool incomplete)
        {
            if (!Done && !incomplete)
            {
                Pass();
            }

            Done = true;
        }

        protected override void CompleteCore(JsonValue item)
        {
            Name(item);
            var whole = item["arguments"u8];
            Arguments.Restate(whole.IsPresent ? whole : item["input"u8]);

            // A call cut off by a limit must not run with half its arguments.
            if (!item["status"u8].Is("incomplete"u8))
            {
                Pass();
            }
        }

        private void Pass()
        {
            if (_name is not null)
            {
                _turn.Calls.Add(Index, _itemId, _callId, _name, Arguments.Documents());
            }
        }

        private void Name(JsonValue item)
        {
            _name ??= item["name"u8].TextOrNullIfEmpty;
            _callId ??= item["call_id"u8].TextOrNullIfEmpty;
        }
    }

    public sealed class Hosted : ResponsesItem
    {
        private readonly ResponsesTurn _turn;
        private readonly string? _itemId;
        private readonly HostedTool _tool;
        private int _previews;

        public Hosted(int index, string? itemId, HostedTool tool, ResponsesTurn turn)
            : base(index)
        {
            (_turn, _itemId, _tool) = (turn, itemId, tool);
            turn.Sink.Add(new ProviderEvent.HostedStarted(index, tool));
        }

        public void Preview(JsonValue picture, JsonValue format)
        {
            if (picture.HasText && !Done)
            {
                _turn.Sink.Add(new ProviderEvent.ImagePartial(
                    Index, _itemId, _previews++, HostedItem.DataUrl(picture, format)));
            }
        }

        public override void Close(bool incomplete)
        {
            if (!Done)
            {
                Done = true;
                _turn.Sink.Add(new ProviderEvent.HostedDone(Index, _tool, HostedDetail.Empty));
            }
        }

        protected override void CompleteCore(JsonValue item)
        {
            var picture = item["result"u8];
            if (_tool == HostedTool.ImageGeneration && picture.HasText)
            {
                _turn.Sink.Add(new ProviderEvent.ImageDone(
                    Index, _itemId, HostedItem.DataUrl(picture, item["output_format"u8])));
            }

            _turn.Sink.Add(new ProviderEvent.HostedDone(Index, _tool, HostedItem.DetailOf(item)));
        }
    }

    public sealed class Approval(int index, ResponsesTurn turn) : ResponsesItem(index)
    {
        protected override void CompleteCore(JsonValue item)
        {
            turn.ApprovalAsked = true;
            turn.Sink.Add(new ProviderEvent.ApprovalRequested(
                Index, item["server_label"u8].TextOrNullIfEmpty, item["name"u8].TextOrNullIfEmpty));
        }
    }

    /// <summary>An unknown item type, or one with nothing to show.</summary>
    public sealed class Ignored(int index) : ResponsesItem(index)
    {
        protected override void CompleteCore(JsonValue item)
        {
        }
    }
}
