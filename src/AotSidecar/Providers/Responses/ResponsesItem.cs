using AotSidecar.Providers.Answers;
using AotSidecar.Providers.Failures;
using AotSidecar.Providers.Sse;

namespace AotSidecar.Providers.Responses;

/// <summary>One output item as its events come in. A closed family: what is not known is kept as nothing.</summary>
internal abstract class ResponsesItem(int index)
{
    /// <summary>Ours; the wire's unless a server uses one twice.</summary>
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
        private readonly TextBuffer _arguments;
        private string? _callId;
        private string? _name;
        private bool _started;

        public Call(int index, string? itemId, JsonValue item, ResponsesTurn turn)
            : base(index)
        {
            _turn = turn;
            _itemId = itemId;
            _arguments = new TextBuffer(turn.Context.Limits.Arguments);
            Announce(item);
        }

        public void Append(JsonValue delta) => _arguments.Append(delta);

        public void Replace(JsonValue arguments)
        {
            if (_arguments.IsEmpty)
            {
                _arguments.Append(arguments);
            }
        }

        protected override void CompleteCore(JsonValue item)
        {
            Announce(item);
            var whole = item["arguments"u8];
            whole = whole.IsPresent ? whole : item["input"u8];
            var arguments = whole.HasText ? whole.Text! : whole.IsObject ? JsonText.Decode(whole.Raw, false) : null;
            arguments ??= _arguments.ToString();
            if (arguments.Length > _turn.Context.Limits.Arguments)
            {
                throw new UpstreamException(UpstreamFailures.TooLarge);
            }

            // a call that a limit cut off must not run with half its arguments
            if (_name is null || item["status"u8].Is("incomplete"u8))
            {
                return;
            }

            if (_started)
            {
                _turn.Calls.Finish(Index, _itemId, _callId!, _name, arguments);
            }
            else
            {
                _turn.Calls.FinishWrapper(Index, _itemId, _turn.Calls.Claim(_callId), _name, arguments);
            }
        }

        private void Announce(JsonValue item)
        {
            _name ??= item["name"u8].TextOrNullIfEmpty;
            _callId ??= item["call_id"u8].TextOrNullIfEmpty;
            if (!_started && _name is not null && !_turn.Calls.IsWrapper(_name))
            {
                _started = true;
                _callId = _turn.Calls.Claim(_callId);
                _turn.Calls.Start(Index, _itemId, _callId, _name);
            }
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

    /// <summary>A type from the future, or one that says nothing to a reader.</summary>
    public sealed class Ignored(int index) : ResponsesItem(index)
    {
        protected override void CompleteCore(JsonValue item)
        {
        }
    }
}
