using System.Buffers;
using System.Text;
using AotSidecar.Bridge;
using CsCheck;

namespace AotSidecar.Tests.Bridge;

public sealed class MessageFramingTests
{
    [Fact]
    public void TryRead_OfTwoMessagesSplitAtEveryByte_GivesBoth()
    {
        var bytes = Encoding.UTF8.GetBytes("Content-Length: 5\r\n\r\n{\"a\"}Content-Type: x; charset=utf-8\r\ncontent-length:3\r\n\r\n\"é\"".Replace("3\r\n", "4\r\n"));

        for (var at = 0; at <= bytes.Length; at++)
        {
            var buffer = Split(bytes, at);

            Assert.True(MessageFraming.TryRead(ref buffer, out var first));
            Assert.True(MessageFraming.TryRead(ref buffer, out var second));
            Assert.Equal(("{\"a\"}", "\"é\"", 0), (Text(first), Text(second), (int)buffer.Length));
        }
    }

    [Fact]
    public void TryRead_OfEveryBeginningOfAMessage_WaitsForMore()
    {
        var bytes = "Content-Length: 5\r\n\r\n{\"a\"}"u8.ToArray();

        for (var length = 0; length < bytes.Length; length++)
        {
            var buffer = new ReadOnlySequence<byte>(bytes.AsMemory(0, length));

            Assert.False(MessageFraming.TryRead(ref buffer, out _));
            Assert.Equal(length, buffer.Length);
        }
    }

    [Theory]
    [InlineData("Content-Length: 5\n\n")]
    [InlineData("Content-Length: 5\r\nX: y\n\r\n\r\n")]
    [InlineData("Content-Length: -1\r\n\r\n")]
    [InlineData("Content-Length: +5\r\n\r\n")]
    [InlineData("Content-Length: 5x\r\n\r\n")]
    [InlineData("Content-Length: 0x5\r\n\r\n")]
    [InlineData("Content-Length: 5.0\r\n\r\n")]
    [InlineData("Content-Length: \r\n\r\n")]
    [InlineData("Content-Length: 1048577\r\n\r\n")]
    [InlineData("Content-Length: 99999999999\r\n\r\n")]
    [InlineData("Content-Length: 5\r\nContent-Length: 5\r\n\r\n")]
    [InlineData("Content-Type: a\r\n\r\n")]
    [InlineData("Content-Length: 5\r\nContent-Type: a; charset=utf-16\r\n\r\n")]
    [InlineData("Content-Length 5\r\n\r\n")]
    [InlineData(": 5\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: x\r\n\r\n")]
    public void TryRead_OfABadHeader_EndsTheConnection(string header)
    {
        var buffer = new ReadOnlySequence<byte>(Encoding.ASCII.GetBytes(header + "12345"));

        Assert.Throws<BridgeProtocolException>(() => MessageFraming.TryRead(ref buffer, out _));
    }

    [Fact]
    public void TryRead_OfAHeaderBlockOverItsLimit_EndsTheConnection()
    {
        var buffer = new ReadOnlySequence<byte>(Encoding.ASCII.GetBytes("X: " + new string('a', MessageFraming.MaxHeaderBlock)));

        Assert.Throws<BridgeProtocolException>(() => MessageFraming.TryRead(ref buffer, out _));
    }

    [Fact]
    public void TryRead_OfTheLargestFrame_TakesIt()
    {
        var body = new byte[MessageFraming.MaxFrame];
        var buffer = new ReadOnlySequence<byte>([.. MessageFraming.Header(body.Length), .. body]);

        Assert.True(MessageFraming.TryRead(ref buffer, out var message));
        Assert.Equal(body.Length, message.Length);
    }

    [Fact]
    public void TryRead_OfAnyBytes_ReadsWaitsOrEndsTheConnection()
    {
        var headers = Gen.OneOf(
            Gen.Const("Content-Length: 3\r\n\r\n"u8.ToArray()), Gen.Const("Content-"u8.ToArray()), Gen.Const("\r\n"u8.ToArray()), Gen.Byte.Array[0, 40]);

        headers.Array[0, 8].Sample(static pieces =>
        {
            var bytes = pieces.SelectMany(static piece => piece).ToArray();
            var buffer = Split(bytes, bytes.Length / 2);
            try
            {
                while (MessageFraming.TryRead(ref buffer, out var message))
                {
                    Assert.True(message.Length <= bytes.Length);
                }
            }
            catch (BridgeProtocolException)
            {
                // the one exception there may be
            }
        }, iter: 3000);
    }

    private static string Text(ReadOnlySequence<byte> message) => Encoding.UTF8.GetString(message.ToArray());

    private static ReadOnlySequence<byte> Split(byte[] bytes, int at)
    {
        var first = new Piece(bytes.AsMemory(0, at), null);
        var last = new Piece(bytes.AsMemory(at), first);
        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(ReadOnlyMemory<byte> memory, Piece? previous)
        {
            Memory = memory;
            if (previous is not null)
            {
                RunningIndex = previous.RunningIndex + previous.Memory.Length;
                previous.Next = this;
            }
        }
    }
}
