using Arctic.Columnar.Types;
using Arctic.Dataflow.Operators;

namespace Arctic.Streams;

/// <summary>The rows of an operator of the caller's, which works on whole batches.</summary>
/// <param name="output">The columns that come out.</param>
/// <param name="create">Makes the operator of one subtask, given the columns that come in.</param>
internal sealed class TransformNode<T>(DataStream<T> stream, string name, RowSchema output, Func<RowSchema, StreamOperator> create) : StreamNode
{
    public override async Task<DrawnStream> DrawAsync(StreamDrawing drawing, CancellationToken cancellationToken)
    {
        var drawn = await stream.DrawColumnsAsync(drawing, $"the step '{name}'", cancellationToken).ConfigureAwait(false);
        return drawn with { Vertex = drawn.Vertex.With(name, () => create(drawn.Schema)), Schema = output };
    }
}
