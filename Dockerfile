# docker build -t document-qa .
# docker run --rm -v "$PWD/documents:/documents:ro" -v document-qa:/library document-qa \
#     ask "Who signed the lease?" --docs /documents
# docker run --rm -p 127.0.0.1:7860:7860 -e DOCUMENT_QA_AUTH=me:secret \
#     -v "$PWD/documents:/documents:ro" -v document-qa:/library document-qa \
#     chat --host 0.0.0.0 --no-browser --docs /documents
ARG PYTHON=3.11-slim-bookworm

FROM python:${PYTHON} AS build
# PyTorch's default build for Linux brings some gigabytes of CUDA. To leave them out, name the index
# of its CPU builds, as https://pytorch.org/get-started says: --build-arg TORCH_INDEX=ADDRESS
ARG TORCH_INDEX=""
WORKDIR /src
RUN python -m venv /venv
ENV PATH=/venv/bin:$PATH PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
COPY constraints.txt ./
RUN if [ -n "$TORCH_INDEX" ]; then \
        pip install --constraint constraints.txt --index-url "$TORCH_INDEX" torch; \
    fi
COPY . .
RUN pip install --constraint constraints.txt .

FROM python:${PYTHON}
RUN useradd --create-home --uid 10001 qa \
    && install --directory --owner qa --group qa /library
COPY --from=build /venv /venv
# Libraries are kept on the volume; the compiled model stays in the image.
ENV PATH=/venv/bin:$PATH XDG_DATA_HOME=/library XDG_CACHE_HOME=/home/qa/.cache HF_HUB_OFFLINE=1
USER 10001
WORKDIR /home/qa
# Prepares the model, indexes the samples, and so tries the image: an answer must come.
RUN XDG_DATA_HOME=/tmp/samples qa ask "What was the theme of EXPO 2017?" && rm -r /tmp/samples
VOLUME /library
EXPOSE 7860
# Healthy when the server answers, be it with "log in first"; other commands are over before this.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["python", "-c", "\
import http.client as h; c = h.HTTPConnection('127.0.0.1', 7860, timeout=4); \
c.request('GET', '/api/health'); raise SystemExit(c.getresponse().status >= 500)"]
ENTRYPOINT ["qa"]
CMD ["--help"]
